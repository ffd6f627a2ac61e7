/* ternary.c: whole matrices of ternary and binary weights. Contract: docs/NUMERICS.md 2.3.
 * Layouts: ggml-common.h, BitNet's converters, ik_llama.cpp, PrismML's llama.cpp; each as its
 * writer emits it. */
#include "oracle.h"

#include <string.h>

static float *scale_at(const struct tensor *t, uint64_t row, uint64_t k)
{
    return &t->scale[row * ((t->k + 31) / 32) + k / 32];
}

/* A weight whose scale is 0 is 0. Only the Q2_0 formats have weights of 2. */
void ternary_put(struct tensor *t, uint64_t row, uint64_t k, int weight, float scale)
{
    int most = t->type == 42 || t->type == 142 ? 2 : 1;
    if (weight < -1 || weight > most)
        die("%.*s has a weight of %d", (int)t->name.n, t->name.bytes, weight);
    t->w[row * t->k + k] = scale == 0 ? 0 : (int8_t)weight;
    *scale_at(t, row, k) = scale;
}

static void put_flat(struct tensor *t, uint64_t e, int weight, float scale)
{
    ternary_put(t, e / t->k, e % t->k, weight, scale);
}

static float load_f32(const unsigned char *p)
{
    float x;
    memcpy(&x, p, sizeof x);
    return x;
}

static float load_f16(const unsigned char *p)
{
    uint16_t h;
    memcpy(&h, p, sizeof h);
    return f16_widen(h);
}

/* Blocks of 128 elements in 32 bytes over the flattened tensor, the first 32 in the highest bits;
 * after the last block the f32 scale and 28 bytes that mean nothing. */
static void read_i2_s(struct tensor *t)
{
    uint64_t n = t->k * t->rows;
    float scale = load_f32(t->data + n / 4);
    for (uint64_t byte = 0; byte < n / 4; byte++)
        for (uint64_t i = 0; i < 4; i++)
            put_flat(t, byte / 32 * 128 + byte % 32 + 32 * i,
                (t->data[byte] >> (6 - 2 * i) & 3) - 1, scale);
}

/* u8 q[32] q[16] q[4], f16 d for 256 elements, or half of everything but d for 128. */
static void read_base3(struct tensor *t, uint64_t block)
{
    static const int place[5] = {81, 27, 9, 3, 1};
    uint64_t bytes = block * 13 / 64 + 2;
    for (uint64_t b = 0; b < t->k * t->rows / block; b++) {
        const unsigned char *q = t->data + b * bytes;
        float d = load_f16(q + bytes - 2);
        uint64_t e = b * block, width = block / 8;
        for (int part = 0; part < 3; part++) {
            for (uint64_t n = 0; n < (part < 2 ? 5 : 4); n++)
                for (uint64_t i = 0; i < width; i++)
                    put_flat(t, e++, (q[i] * 243 >> 8) / place[n] % 3 - 1, d);
            q += width;
            width = part == 0 ? block / 16 : block / 64;
        }
    }
}

static void read_tq1_0(struct tensor *t)
{
    read_base3(t, 256);
}

static void read_ptq1_0(struct tensor *t)
{
    read_base3(t, 128);
}

/* u8 q[2][32], f16 d: the first 32 elements of a half in the lowest bits. */
static void read_tq2_0(struct tensor *t)
{
    for (uint64_t b = 0; b < t->k * t->rows / 256; b++) {
        const unsigned char *q = t->data + b * 66;
        for (uint64_t half = 0; half < 2; half++)
            for (uint64_t l = 0; l < 4; l++)
                for (uint64_t m = 0; m < 32; m++)
                    put_flat(t, 256 * b + 128 * half + 32 * l + m,
                        (q[32 * half + m] >> 2 * l & 3) - 1, load_f16(q + 64));
    }
}

/* A row: f16 scale; per 64 elements u8 q[4][3], one byte for the last of each 16. */
static void read_iq1_bn(struct tensor *t)
{
    static const int place[5] = {1, 3, 9, 27, 81};
    for (uint64_t row = 0; row < t->rows; row++) {
        const unsigned char *q = t->data + row * (2 + t->k / 64 * 13);
        float d = load_f16(q);
        q += 2;
        for (uint64_t k = 0; k < t->k; k += 64, q += 13)
            for (uint64_t i = 0; i < 4; i++) {
                for (uint64_t j = 0; j < 15; j++)
                    ternary_put(t, row, k + 16 * i + j,
                        (q[3 * i + j / 5] * 243 >> 8) / place[j % 5] % 3 - 1, d);
                ternary_put(t, row, k + 16 * i + 15, (q[12] * 243 >> 8) / place[i] % 3 - 1, d);
            }
    }
}

/* A row: f32 scale; per 64 elements u8 q[16], the first 16 in the lowest bits. */
static void read_iq2_bn(struct tensor *t)
{
    for (uint64_t row = 0; row < t->rows; row++) {
        const unsigned char *q = t->data + row * (4 + t->k / 4);
        float d = load_f32(q);
        q += 4;
        for (uint64_t k = 0; k < t->k; k += 64, q += 16)
            for (uint64_t j = 0; j < 16; j++)
                for (uint64_t part = 0; part < 4; part++)
                    ternary_put(t, row, k + j + 16 * part, (q[j] >> 2 * part & 3) - 1, d);
    }
}

/* Four rows: f32 scales[4]; per 64 elements u8 q[4][4 rows][4]. */
static void read_iq2_bn_r4(struct tensor *t)
{
    for (uint64_t row = 0; row < t->rows; row += 4) {
        const unsigned char *scales = t->data + row * (4 + t->k / 4), *q = scales + 16;
        for (uint64_t k = 0; k < t->k; k += 16)
            for (uint64_t r = 0; r < 4; r++)
                for (uint64_t i = 0; i < 4; i++, q++)
                    for (uint64_t part = 0; part < 4; part++)
                        ternary_put(t, row + r, k + i + 4 * part, (*q >> 2 * part & 3) - 1,
                            load_f32(scales + 4 * r));
    }
}

/* f16 d, u8 q[group / 4]: four neighbours to a byte, the first in the lowest bits. */
static void read_q2_0(struct tensor *t, uint64_t group)
{
    for (uint64_t e = 0; e < t->k * t->rows; e++) {
        const unsigned char *block = t->data + e / group * (2 + group / 4);
        put_flat(t, e, (block[2 + e % group / 4] >> 2 * (e % 4) & 3) - 1, load_f16(block));
    }
}

static void read_q2_0_g64(struct tensor *t)
{
    read_q2_0(t, 64);
}

static void read_q2_0_g128(struct tensor *t)
{
    read_q2_0(t, 128);
}

/* f16 d, u8 q[group / 8]: bit 1 is +, 0 is -. */
static void read_q1_0(struct tensor *t, uint64_t group)
{
    for (uint64_t e = 0; e < t->k * t->rows; e++) {
        const unsigned char *block = t->data + e / group * (2 + group / 8);
        put_flat(t, e, block[2 + e % group / 8] & 1 << e % 8 ? 1 : -1, load_f16(block));
    }
}

static void read_q1_0_g32(struct tensor *t)
{
    read_q1_0(t, 32);
}

static void read_q1_0_g128(struct tensor *t)
{
    read_q1_0(t, 128);
}

/* u8 slots[32], signs[8], f16 d. The four lanes of a group lie 16 apart. The table gives their
 * codes, lane 0 in the lowest bits, for the 16 slots of each sign. */
static void read_stq1_0(struct tensor *t)
{
    static const unsigned char codes[2][16] = {
        {0xa9, 0x89, 0x29, 0x09, 0xa6, 0x86, 0x26, 0x06, 0x9a, 0x92, 0x1a, 0x12, 0x6a, 0x62, 0x4a, 0x42},
        {0x01, 0x21, 0x81, 0xa1, 0x04, 0x24, 0x84, 0xa4, 0x10, 0x18, 0x90, 0x98, 0x40, 0x48, 0x60, 0x68},
    };
    for (uint64_t b = 0; b < t->k * t->rows / 256; b++) {
        const unsigned char *q = t->data + 42 * b;
        for (uint64_t g = 0; g < 64; g++) {
            int slot = g % 2 ? q[g / 2] >> 4 : q[g / 2] & 15;
            int four = codes[q[32 + g / 8] >> g % 8 & 1][slot];
            for (uint64_t p = 0; p < 4; p++)
                put_flat(t, 256 * b + g / 16 * 64 + g % 16 + 16 * p, (four >> 2 * p & 3) - 1,
                    load_f16(q + 40));
        }
    }
}

static const struct format {
    uint32_t type;
    uint64_t block, bytes, header, tail; /* elements and bytes of a block; bytes before a row's, after all */
    uint64_t group; /* columns that share a scale, 0 for all of a row; as in the file */
    void (*read)(struct tensor *t);
} formats[] = {
    {34, 256, 54, 0, 0, 256, read_tq1_0},
    {35, 256, 66, 0, 0, 256, read_tq2_0},
    {36, 128, 32, 0, 32, 0, read_i2_s},
    {38, 4, 1, 0, 32, 0, tl1_read},
    {39, 24, 5, 0, 0, 0, tl2_read},
    {40, 32, 6, 0, 0, 32, read_q1_0_g32},
    {41, 128, 18, 0, 0, 128, read_q1_0_g128},
    {41, 32, 6, 0, 0, 32, read_q1_0_g32},
    {42, 64, 18, 0, 0, 64, read_q2_0_g64},
    {42, 128, 34, 0, 0, 128, read_q2_0_g128},
    {42, 256, 42, 0, 0, 256, read_stq1_0},
    {43, 256, 42, 0, 0, 256, read_stq1_0},
    {134, 64, 13, 2, 0, 0, read_iq1_bn},
    {135, 64, 16, 4, 0, 0, read_iq2_bn},
    {142, 128, 34, 0, 0, 128, read_q2_0_g128},
    {143, 128, 28, 0, 0, 128, read_ptq1_0},
    {335, 64, 16, 4, 0, 0, read_iq2_bn_r4},
};

static uint64_t bytes_of(const struct format *f, const struct tensor *t)
{
    return t->k * t->rows / f->block * f->bytes + t->rows * f->header + f->tail;
}

/* Of formats with the same id the one that fills most of the space the tensor has. */
static const struct format *format_of(const struct tensor *t)
{
    const struct format *best = NULL;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].type == t->type && bytes_of(&formats[i], t) <= t->space
            && (!best || bytes_of(&formats[i], t) > bytes_of(best, t)))
            best = &formats[i];
    return best;
}

int ternary_is(const struct tensor *t)
{
    return format_of(t) != NULL;
}

uint64_t ternary_group(const struct tensor *t)
{
    return format_of(t)->group;
}

/* NUMERICS 2.3: scales that are not 0 and all the same are one for the matrix; else t->group says. */
static void collapse(struct tensor *t, uint64_t group)
{
    uint64_t n = t->rows * ((t->k + 31) / 32), used = 0;
    while (used < n && t->scale[used] == 0)
        used++;
    int same = 1;
    for (uint64_t i = used; i < n; i++)
        same = same && (t->scale[i] == 0 || t->scale[i] == t->scale[used]);
    for (uint64_t i = 0; same && used < n && i < n; i++)
        t->scale[i] = t->scale[used];
    t->group = same || group == 0 ? t->k : group;
}

void ternary_read(struct tensor *t)
{
    const struct format *f = format_of(t);
    if (!f)
        die("%.*s of type %u is not ternary", (int)t->name.n, t->name.bytes, (unsigned)t->type);
    t->w = allocate(t->rows, t->k);
    t->scale = allocate(t->rows * ((t->k + 31) / 32), sizeof *t->scale);
    f->read(t);
    collapse(t, f->group);
}
