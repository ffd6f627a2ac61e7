/* random.h: the random numbers of kernels.c, which --seed repeats. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

static uint64_t seed;

static inline uint64_t next_random(void)
{
    uint64_t z = seed += 0x9E3779B97F4A7C15u;    /* splitmix64 */
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static inline int random_below(int n)
{
    return (int)((next_random() >> 32) * (uint64_t)n >> 32);     /* a division is a call where the machine has none */
}

#endif
