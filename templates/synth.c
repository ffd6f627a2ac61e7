/* synth.c: writes one GGUF of random weights to the file it is given. tritc synth makes, compiles
 * and runs it. Sizes, scales and header come from gen/synth.lua. First: output, random numbers. */

#define _POSIX_C_SOURCE 200809L

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

/* ---- output: any failed write ends the program ---- */

static FILE *file;
static uint8_t buffer[1 << 20];
static size_t used;
static uint64_t flushed;
static struct progress bar;

static void flush(void)
{
    if (fwrite(buffer, 1, used, file) != used)
        exit(EXIT_FAILURE);
    flushed += used;
    used = 0;
    progress_show(&bar, flushed);
}

/* The place of the next n bytes of the file, n <= sizeof buffer. */
static uint8_t *reserve(size_t n)
{
    if (sizeof buffer - used < n)
        flush();
    used += n;
    return buffer + used - n;
}

static void put(const void *bytes, size_t n)
{
    memcpy(reserve(n), bytes, n);
}

static void pad_to_32(void)
{
    size_t n = -(flushed + used) & 31;
    memset(reserve(n), 0, n);
}

/* ---- random numbers: splitmix64, one stream per tensor ---- */

static uint64_t state;

static uint64_t next(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static void start_stream(uint64_t i)
{
    state = ${seed};
    state = next() + i;
    state = next();
}

/* Nearly normal, variance 1, |x| < 3.5: the sum of four uniform 16-bit fields of w, whose deviation
 * is 65536/sqrt(3). */
static float gauss(uint64_t w)
{
    int sum = (int)((w & 0xffff) + (w >> 16 & 0xffff) + (w >> 32 & 0xffff) + (w >> 48));
    return (float)(sum - 2 * 65535) * (1.7320508f / 65536);
}
