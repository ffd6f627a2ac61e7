/* hash.h: the two hashes of the project: FNV-1a 64 for identities and traces, a word-wise variant
   for checksums. Contract: docs/NUMERICS.md 6 (hash_fnv1a), image.h (hash_words). */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_BASIS 0xcbf29ce484222325u
#define HASH_PRIME 0x100000001b3u

/* h: HASH_BASIS, or the hash of what comes before the n bytes. */
static inline uint64_t hash_fnv1a(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * HASH_PRIME;
    return h;
}

/* Eight bytes at a time, n a multiple of 8. The shift brings high bits down, which the product
   alone never does; every step is a bijection of h, so no change of a single word goes unseen. */
static inline uint64_t hash_words(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, b + i, 8);
        h = (h ^ word) * HASH_PRIME;
        h ^= h >> 32;
    }
    return h;
}

#endif
