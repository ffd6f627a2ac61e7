/* packing.c: where a code lies. Contract: packing.h. Each (step, row, j) of a tile is a field of
   bits; its planes p are digits: the codes of k = step * (4 * planes) + 4 * p + j. Rows or columns
   that lie in one piece are 64-byte blocks of 4 planes x 64 k or rows. */
#include "packing.h"

struct packing { const char *name; int planes, radix, bits; };

static const struct packing packings[] = {
    { "t2", 4, 4, 8 },
    { "t53", 3, 3, 5 },
};

struct field { uint8_t *byte; int shift, bits, digit, radix; };

static struct field in_one_piece(const struct kernel_row *row, const uint8_t *w, int i, int k)
{
    int columns = row->rows_pad > 0, at = columns ? i : k, byte = at % 64;
    size_t piece = columns ? (size_t)k * (size_t)row->rows_pad / 4
                           : (size_t)i * (size_t)row->k_pad / 4;
    if (columns)
        byte = at / 4 % 4 * 16 + at / 16 % 4 * 4 + at % 4;
    uint8_t *place = (uint8_t *)(uintptr_t)w + piece + (size_t)(at / 256 * 64 + byte);
    return (struct field){ place, at / 64 % 4 * 2, 2, 1, 4 };
}

static struct field field_of(const struct kernel_row *row, const uint8_t *w, int i, int k)
{
    if (row->list)
        return in_one_piece(row, w, i, k);
    const struct packing *p = packings;
    while (strcmp(p->name, row->packing) != 0)
        p++;                               /* the generator knows no other names */
    int tile = row->lanes * row->groups, step = 4 * p->planes;
    size_t steps = (size_t)(row->k_pad / step);
    size_t at = (size_t)(i / tile) * steps + (size_t)(k / step);
    size_t lane = at * (size_t)tile + (size_t)(i % tile);
    size_t bit = (4 * lane + (size_t)(k % 4)) * (size_t)p->bits;
    struct field f = { (uint8_t *)(uintptr_t)w + bit / 8, (int)(bit % 8), p->bits, 1, p->radix };
    for (int plane = k / 4 % p->planes; plane > 0; plane--)
        f.digit *= p->radix;
    return f;
}

int packing_get(const struct kernel_row *row, const uint8_t *w, int i, int k)
{
    struct field f = field_of(row, w, i, k);
    unsigned bits = f.byte[0];
    if (f.shift + f.bits > 8)
        bits |= (unsigned)f.byte[1] << 8;
    return (int)(bits >> f.shift & ((1u << f.bits) - 1)) / f.digit % f.radix;
}

void packing_put(const struct kernel_row *row, uint8_t *w, int i, int k, int code)
{
    struct field f = field_of(row, w, i, k);
    unsigned more = (unsigned)(code * f.digit) << f.shift, sum = f.byte[0] + more;
    f.byte[0] = (uint8_t)sum;
    if (f.shift + f.bits > 8)
        f.byte[1] = (uint8_t)(f.byte[1] + (sum >> 8));
}
