/* packed.h: weights as kernels read them, for kernels.c: which a packing can hold, and their bytes, written from docs/PACKINGS.md
 * and not from the packer. */
#ifndef PACKED_H
#define PACKED_H

#include "kernel.h"

struct matrix {
    const struct kernel_row *kernel;
    int rows, k;
    int8_t *weights;                             /* [rows][k] of -1, 0, 1 */
};

static int is_packed(const struct kernel_row *f, const char *packing)
{
    return strcmp(f->packing, packing) == 0;
}

/* Planes of four k: 4 in a byte of t2, base 4; 3 in five bits of t53, base 3; 8 in a byte of b1. */
static int planes_of(const struct kernel_row *f)
{
    return is_packed(f, "t53") ? 3 : is_packed(f, "b1") ? 8 : 4;
}

/* Weight of lane p in one of the 32 groups of four that s54 has: the place of the zero, three signs. */
static int s54_field(int field, int p)
{
    int zero = field % 4, other = p - (p > zero);
    return p == zero ? 0 : field >> (2 + other) & 1 ? -1 : 1;
}

/* The packed stream then counts through all 81 (27) fields that the codes 0..2 can make. */
static int every_field(const struct kernel_row *f, int i, int k)
{
    static const int power[] = {1, 3, 9, 27, 81};
    if (is_packed(f, "s54"))
        return s54_field(i + k / 64 * 16 + k % 16, k / 16 % 4);
    if (is_packed(f, "t53l"))
        return (i + k / 48 * 16 + k % 16) % 27 / power[k / 16 % 3] % 3 - 1;
    if (is_packed(f, "b1"))
        return ((i * 37 + k / 32 * 11 + k % 4) >> k / 4 % 8 & 1) * 2 - 1;
    int planes = planes_of(f), step = 4 * planes, field = 4 * (i * (f->k_pad / step) + k / step) + k % 4;
    return field % power[planes] / power[k / 4 % planes] % 3 - 1;
}

/* Of each four weights, 16 apart, s54 holds exactly one 0. A last group reaches behind k: its 0 may lie there. b1 holds none. */
static void make_holdable(struct matrix *m)
{
    for (int i = 0; i < m->rows * m->k && is_packed(m->kernel, "b1"); i++)
        if (m->weights[i] == 0)
            m->weights[i] = 1 - 2 * (int8_t)(i / m->k % 2);
    for (int i = 0; i < m->rows && is_packed(m->kernel, "s54"); i++)
        for (int first = 0; first < m->k; first += first % 16 == 15 ? 49 : 1) {
            int8_t *w = m->weights + (size_t)i * (size_t)m->k + first;
            int zeros = 0, here = (m->k - first + 15) / 16 < 4 ? (m->k - first + 15) / 16 : 4;
            for (int p = 0; p < here; p++)
                if (w[16 * p] == 0 && zeros++ > 0)
                    w[16 * p] = (int8_t)((i + p) % 2 * 2 - 1);
            if (zeros == 0 && here == 4)
                w[16 * ((i + first) % 4)] = 0;
        }
}

static int code_of(const struct matrix *m, int i, int k)
{
    return k < m->k ? m->weights[(size_t)i * (size_t)m->k + (size_t)k] + 1 : 1;
}

/* Byte (i, block, b) of t2r has k = 256 * block + 64 * p + b in bits 2p+1..2p; byte (k, block, l, j, e) of t2c has row
 * 256 * block + 64 * p + 16 * j + 4 * l + e. */
static void pack_pieces(const struct matrix *m, uint8_t *packed)
{
    const struct kernel_row *f = m->kernel;
    for (int i = 0; i < m->rows; i++)
        for (int k = 0; k < f->k_pad; k++) {
            int p = k / 64 % 4;
            size_t byte = (size_t)i * (size_t)f->k_pad / 4 + (size_t)(k / 256 * 64 + k % 64);
            if (f->rows_pad) {
                p = i / 64 % 4;
                byte = (size_t)k * (size_t)f->rows_pad / 4 + (size_t)(i / 256 * 64 + i / 4 % 4 * 16 + i / 16 % 4 * 4 + i % 4);
            }
            packed[byte] |= (uint8_t)(code_of(m, i, k) << 2 * p);
        }
}

/* The five lines of each vector of rows and 128 k: slots by twos, then signs; behind k a 0 if the group needs one, else +1. */
static void pack_s54(const struct matrix *m, uint8_t *packed)
{
    const struct kernel_row *f = m->kernel;
    int lanes = f->lanes, tile = lanes * f->groups;
    for (int i = 0; i < m->rows; i++)
        for (int first = 0; first < f->k_pad; first += first % 16 == 15 ? 49 : 1) {
            int zero = -1, minus = 0, n = 0, step = first / 128, part = first % 128 / 64 * 4 + first % 16 / 4;
            for (int p = 0; p < 4; p++)
                if (zero < 0 && code_of(m, i, first + 16 * p) == 1)
                    zero = p;
            for (int p = 0; p < 4; p++)
                if (p != zero)
                    minus |= (code_of(m, i, first + 16 * p) == 0) << n++;
            int sign = minus & 1, slot = zero << 2 | (minus >> 1 ^ (sign ? 3 : 0));
            size_t at = (size_t)(i / tile) * (size_t)f->tile_bytes + (size_t)((step * f->groups + i % tile / lanes) * 20 * lanes);
            uint8_t *byte = packed + at + 4 * (i % lanes) + first % 4;
            byte[4 * lanes * (part / 2)] |= (uint8_t)(slot << part % 2 * 4);
            byte[4 * lanes * 4] |= (uint8_t)(sign << (7 - part));
        }
}

/* The five lines of each vector of rows and 96 k: fields of k, k + 16, k + 32, by twos, then their fifth bits. */
static void pack_t53l(const struct matrix *m, uint8_t *packed)
{
    const struct kernel_row *f = m->kernel;
    int lanes = f->lanes, tile = lanes * f->groups;
    for (int i = 0; i < m->rows; i++)
        for (int first = 0; first < f->k_pad; first += first % 16 == 15 ? 33 : 1) {
            int field = code_of(m, i, first) + 3 * code_of(m, i, first + 16) + 9 * code_of(m, i, first + 32);
            int step = first / 96, part = first % 96 / 48 * 4 + first % 16 / 4;
            size_t at = (size_t)(i / tile) * (size_t)f->tile_bytes + (size_t)((step * f->groups + i % tile / lanes) * 20 * lanes);
            uint8_t *byte = packed + at + 4 * (i % lanes) + first % 4;
            byte[4 * lanes * (part / 2)] |= (uint8_t)(field % 16 << part % 2 * 4);
            byte[4 * lanes * 4] |= (uint8_t)(field / 16 << (7 - part));
        }
}

/* The fields in the order in which they lie: tile, step, row, j; bit by bit. packed: cleared. */
static void pack(const struct matrix *m, uint8_t *packed)
{
    const struct kernel_row *f = m->kernel;
    int tile = f->lanes * f->groups, planes = planes_of(f), base = planes == 8 ? 2 : planes, bits = planes == 3 ? 5 : 8, at = 0;
    if (f->list) {
        pack_pieces(m, packed);
        return;
    }
    if (is_packed(f, "t53l") || is_packed(f, "s54")) {
        is_packed(f, "s54") ? pack_s54(m, packed) : pack_t53l(m, packed);
        return;
    }
    for (int first = 0; first < m->rows; first += tile)
        for (int k = 0; k < f->k_pad; k += 4 * planes)
            for (int lane = 0; lane < 4 * tile; lane++) {
                int field = 0;
                for (int p = planes - 1; p >= 0; p--)
                    field = field * base + code_of(m, first + lane / 4, k + 4 * p + lane % 4) / (planes == 8 ? 2 : 1);
                int wide = field << at % 8;
                packed[at / 8] |= (uint8_t)wide;
                if (wide > 255)
                    packed[at / 8 + 1] |= (uint8_t)(wide >> 8);
                at += bits;
            }
}

#endif
