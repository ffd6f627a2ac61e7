/* packing.c: where a code lies. Contract: packing.h. Each (step, row, j) of a tile is a field of
   bits; its planes p are digits: the codes of k = step * (4 * planes) + 4 * p + j. Rows or columns
   that lie in one piece are 64-byte blocks of 4 planes x 64 k or rows. */
#include "packing.h"

struct packing { const char *name; int planes, radix, bits; };

static const struct packing packings[] = {
    { "t2", 4, 4, 8 },
    { "t53", 3, 3, 5 },
    { "b1", 8, 2, 8 },
};

/* The field of five bits that holds (i, k), where vectors of `planes` planes lie in lines: part
   0..7 of a step, its lower bits in one of four lines of nibbles, the upper one in a fifth line. */
static int in_lines(const struct kernel_row *row, const uint8_t *w, int i, int k, int planes)
{
    int tile = row->lanes * row->groups, step = 32 * planes;
    int part = k % step / (step / 2) * 4 + k % 16 / 4;
    size_t line = 4 * (size_t)row->lanes, steps = (size_t)(row->k_pad / step);
    size_t vector = ((size_t)(i / tile) * steps + (size_t)(k / step)) * (size_t)row->groups
                    + (size_t)(i % tile / row->lanes);
    const uint8_t *p = w + 5 * line * vector + (size_t)(4 * (i % row->lanes) + k % 4);
    int upper = p[line * 4] >> (7 - part) & 1;
    return upper << 4 | (p[line * (size_t)(part / 2)] >> part % 2 * 4 & 15);
}

static int get_t53l(const struct kernel_row *row, const uint8_t *w, int i, int k)
{
    static const int digit[] = { 1, 3, 9 };
    return in_lines(row, w, i, k, 3) / digit[k % 48 / 16] % 3;
}

static int get_s54(const struct kernel_row *row, const uint8_t *w, int i, int k)
{
    int field = in_lines(row, w, i, k, 4), lane = k / 16 % 4, zero = field >> 2 & 3;
    int other = lane - (lane > zero), minus = other > 0 ? field >> (other - 1) & 1 : 0;
    return lane == zero ? 1 : minus ^ field >> 4 ? 0 : 2;
}

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

int packing_takes_all(const struct kernel_row *row)
{
    return strcmp(row->packing, "t53l") == 0 || strcmp(row->packing, "s54") == 0
        || strcmp(row->packing, "b1") == 0;
}

int packing_get(const struct kernel_row *row, const uint8_t *w, int i, int k)
{
    if (strcmp(row->packing, "t53l") == 0)
        return get_t53l(row, w, i, k);
    if (strcmp(row->packing, "s54") == 0)
        return get_s54(row, w, i, k);
    struct field f = field_of(row, w, i, k);
    unsigned bits = f.byte[0];
    if (f.shift + f.bits > 8)
        bits |= (unsigned)f.byte[1] << 8;
    int digit = (int)(bits >> f.shift & ((1u << f.bits) - 1)) / f.digit % f.radix;
    return f.radix == 2 ? 2 * digit : digit;
}

void packing_put(const struct kernel_row *row, uint8_t *w, int i, int k, int code)
{
    struct field f = field_of(row, w, i, k);
    unsigned more = (unsigned)(code * f.digit) << f.shift, sum = f.byte[0] + more;
    f.byte[0] = (uint8_t)sum;
    if (f.shift + f.bits > 8)
        f.byte[1] = (uint8_t)(f.byte[1] + (sum >> 8));
}
