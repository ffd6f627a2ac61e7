${banner}
$ local near, far = 1024, 4096           -- bytes from load to prefetch, as in gemv_t2_vnni.c
#include <immintrin.h>

#include "kernel.h"

static inline __m256i four(const uint8_t *limbs)
{
    int32_t v;
    memcpy(&v, limbs, sizeof v);
    return _mm256_set1_epi32(v);
}

/* 64 rows of ${k} int8 values, 8 rows to a vector, 4 k of each: pairs of limb * q stay within 2 * 127 * 127 = 32258 < 2^15, so
 * maddubs never saturates; the high limbs' pairs are weighted 128 as they are widened. Sums are mod 2^32. */
SCREEN(${name})
{
    const __m256i one = _mm256_set1_epi16(1), weight = _mm256_set1_epi16(128);
$ for v = 0, 7 do
    __m256i acc${v} = _mm256_setzero_si256();
$ end
    for (int k = 0; k < ${k_pad}; k += 4, group += 256) {
        __m256i h = four(high + k), l = four(low + k), q;
$ for line = 0, 3 do
        _mm_prefetch((const char *)group + ${near + 64 * line}, _MM_HINT_T0);
        _mm_prefetch((const char *)group + ${far + 64 * line}, _MM_HINT_T1);
$ end
$ for v = 0, 7 do
        q = _mm256_loadu_si256((const __m256i *)(const void *)(group + ${32 * v}));
        acc${v} = _mm256_add_epi32(acc${v}, _mm256_madd_epi16(_mm256_maddubs_epi16(h, q), weight));
        acc${v} = _mm256_add_epi32(acc${v}, _mm256_madd_epi16(_mm256_maddubs_epi16(l, q), one));
$ end
    }
$ for v = 0, 7 do
    _mm256_storeu_si256((__m256i *)(void *)(sums + ${8 * v}), acc${v});
$ end
}
