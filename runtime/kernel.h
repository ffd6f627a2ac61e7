/* kernel.h: what stands between model.c and the matmul kernels: signature, activations, table.
 * Contract: docs/KERNELS.md. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* No instructions, but limits to what the compiler knows. kind: a constraint, "r" of integers, "x"
 * and "w" of vectors. Afterwards nothing is known of `value`; with KEEP that happens each time. */
#define OPAQUE(kind, value) __asm__("" : "+" kind(value))
#define KEEP(kind, value) __asm__ volatile("" : "+" kind(value))
#define USE(kind, value) __asm__ volatile("" : : kind(value))    /* it must be computed */
#define USE_MEMORY(a, b) __asm__ volatile("" : : "r"(a), "r"(b) : "memory")
#define ORDER_MEMORY() __asm__ volatile("" : : : "memory")       /* loads do not move across */

/* Kernels share pieces that hold more than each of them uses; gcc does not mind. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wunused-function"
#endif

/* Right before the int8 row of each token; rows are 64-byte aligned and zero-padded to 768s. */
struct q8_header {
    float scale;          /* s = 127 / max(absmax, 1e-5) */
    int32_t sum;          /* of the row's int8 values */
    unsigned char pad[56];
};

static inline struct q8_header *q8_header(int8_t *row)
{
    return (struct q8_header *)(void *)(row - sizeof(struct q8_header));
}

static inline int32_t q8_sum(const int8_t *row)
{
    int32_t sum;
    memcpy(&sum, row - sizeof(struct q8_header) + offsetof(struct q8_header, sum), sizeof sum);
    return sum;
}

/* Lines of 64 values of a token are 64 bytes apart in memory; 1024 in a batch of n >= tiled > 0
 * tokens, in tile order: 16 tokens' headers, then their first lines, their second lines, ... */
static inline size_t q8_line(int n, int tiled)
{
    return tiled > 0 && n >= tiled ? 1024 : 64;
}

/* From the first byte of the activations to the values of token t; its header is a line before. */
static inline size_t q8_offset(size_t line, size_t x_stride, int t)
{
    size_t token = (size_t)t, sixteen = token / 16 * 16;
    return line + (line == 64 ? token * x_stride : sixteen * x_stride + (token - sixteen) * 64);
}

/* y[t * y_stride + i] = sum over k of w[i][k] * x[t * x_stride + k], exact, for n tokens t and rows
 * from <= i < to. w is the whole packed matrix; from and to are multiples of the kernel's tile.
 * scratch: the calling thread's own, 64-byte aligned; its bytes are in struct kernel_row. */
#define GEMM(name)                                                                              \
    void name(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to,      \
              int32_t *y, size_t y_stride, void *scratch)

typedef GEMM(gemm_fn);

/* Of kernels with tile order, for n >= tiled: the values v = (f32)sum / the token's scale *
 * *w_scale go into y, with what would be the next op: */
enum into {
    INTO_EMPTY,           /* y = v */
    INTO_SUM,             /* y = y + v */
    INTO_GATE             /* y = y > 0 ? y * y * v : 0 */
};

/* Row i of token t is y[i / Y_BLOCK * y_block + t * y_stride + i % Y_BLOCK]: whole rows of y where
   y_block is Y_BLOCK, and blocks, of all tokens one after the other, where y_stride is. */
enum { Y_BLOCK = 32 };

#define SCALED(name)                                                                            \
    void name(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to,      \
              float *y, size_t y_stride, size_t y_block, void *scratch, const float *w_scale,   \
              enum into into)

typedef SCALED(scaled_fn);

/* A single token that skips. Of a packing of rows: y[i] = sum over k of w[i][k] * x[k] for the rows
 * i in list[count], y otherwise as it was. Of a packing of columns: y[i] = sum over k in
 * list[count] of w[i][k] * x[k] for all rows i of the matrix with padding. The list ascends. */
#define LIST(name)                                                                              \
    void name(const uint8_t *w, const int8_t *x, const int32_t *list, int count, int32_t *y)

typedef LIST(list_fn);

/* The head's screen (docs/KERNELS.md 10): 64 rows of int8 values, bytes [k/4][64][4], times the
 * hidden state in limbs of 7 bits: sums[i] = sum over k of group[i][k] * (128 * high[k] + low[k])
 * mod 2^32. high and low hold 0..127, padded like the rows. */
#define SCREEN(name)                                                                            \
    void name(const int8_t *group, const uint8_t *high, const uint8_t *low, uint32_t sums[64])

typedef SCREEN(screen_fn);

/* The generated screen kernel; name is NULL where the head has no screen. */
struct screen_row {
    const char *name;
    screen_fn *scan;
    int k, k_pad;
};

/* One row per generated kernel: self-test, kernel checks and bench walk this table. */
struct kernel_row {
    const char *name;
    gemm_fn *gemm;
    list_fn *list;        /* NULL: the packing is none for lists */
    scaled_fn *scaled;    /* NULL, or what else kernels with tile order have */
    const char *packing;  /* of docs/KERNELS.md */
    int code_max;         /* the largest code: 2, or 3 where a weight can be +2 */
    int k, k_pad;         /* inner dimension, and with padding */
    int rows_pad;         /* rows with padding, where columns lie in one piece; else 0 */
    int lanes, groups;    /* rows per vector, vectors per tile */
    int tile_bytes, scratch;
    int tiled;            /* tokens from which activations come in tile order; 0: never */
    int many;             /* tokens from which 128 rows and more go another way; 0: none */
};

#endif
