/* rows.c: one row of a stored matrix as floats; f16 both ways.
 * Contract: docs/NUMERICS.md 1, 2.6. Layouts: ggml-common.h. */
#include "oracle.h"

#include <string.h>

static uint16_t load_u16(const unsigned char *p)
{
    uint16_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static float float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Exponent bias 15 becomes 127; a denormal counts units of 2^-24. */
float f16_widen(uint16_t h)
{
    uint32_t sign = (uint32_t)(h >> 15) << 31;
    uint32_t exponent = h >> 10 & 31, fraction = h & 1023;
    if (exponent == 0)
        return sign ? -((float)fraction * 0x1p-24f) : (float)fraction * 0x1p-24f;
    if (exponent == 31)
        return float_of_bits(sign | 0x7f800000 | fraction << 13);
    return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

uint16_t f16_round(float x)
{
    uint32_t bits = bits_of_float(x);
    uint16_t sign = bits >> 16 & 0x8000;
    uint32_t size = bits & 0x7fffffff;
    if (size > 0x7f800000) /* NaN */
        return sign | 0x7e00;
    if (size >= 0x477ff000) /* 65520, halfway from the largest f16 to 2^16 */
        return sign | 0x7c00;
    if (size < 0x38800000) /* 2^-14: denormal, in units of 2^-24 like f32 at 0.5: the sum rounds */
        return sign | (uint16_t)(bits_of_float(float_of_bits(size) + 0.5f) - 0x3f000000);
    size -= 112u << 23;
    return sign | (uint16_t)((size + 0xfff + (size >> 13 & 1)) >> 13);
}

static void read_f32(const unsigned char *block, float *out)
{
    memcpy(out, block, sizeof *out);
}

static void read_f16(const unsigned char *block, float *out)
{
    *out = f16_widen(load_u16(block));
}

static void read_bf16(const unsigned char *block, float *out)
{
    *out = float_of_bits((uint32_t)load_u16(block) << 16);
}

/* f16 d; i8 q[32] */
static void read_q8_0(const unsigned char *block, float *out)
{
    float d = f16_widen(load_u16(block));
    for (int i = 0; i < 32; i++)
        out[i] = d * (float)(int8_t)block[2 + i];
}

/* u8 low[2][64], high[2][32]; i8 scale[16]; f16 d. Element i of a half of 128 has its low 4 bits in
 * low[i % 64], the upper nibble for i >= 64, and its high 2 bits in high[i % 32], pair i / 32. */
static void read_q6_k(const unsigned char *block, float *out)
{
    float d = f16_widen(load_u16(block + 208));
    for (int e = 0; e < 256; e++) {
        int half = e / 128, i = e % 128;
        int low = block[half * 64 + i % 64] >> (i / 64 * 4) & 15;
        int high = block[128 + half * 32 + i % 32] >> (i / 32 * 2) & 3;
        float scale = (float)(int8_t)block[192 + e / 16];
        out[e] = (d * scale) * (float)((low | high << 4) - 32);
    }
}

/* f16 d; u8 q[16]: element i in the lower half of q[i], element i + 16 in the upper */
static void read_q4_0(const unsigned char *block, float *out)
{
    float d = f16_widen(load_u16(block));
    for (int i = 0; i < 32; i++)
        out[i] = d * (float)((block[2 + i % 16] >> (i / 16 * 4) & 15) - 8);
}

/* f16 d, f16 m; u8 s[12]; u8 q[4][32]. Elements 64 g + i lie in the lower halves of q[g], 64 g + 32 + i in
 * the upper. s holds eight pairs of 6 bits: the low 6 of s[0..3] and s[4..7], then for the last four pairs
 * the halves of s[8..11] with the upper 2 bits of s[0..3] and s[4..7] above them. */
static void read_q4_k(const unsigned char *block, float *out)
{
    float d = f16_widen(load_u16(block)), m = f16_widen(load_u16(block + 2));
    const unsigned char *s = block + 4;
    for (int e = 0; e < 256; e++) {
        int j = e / 32, q = block[16 + e / 64 * 32 + e % 32] >> (j % 2 * 4) & 15;
        int scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) + 16 * (s[j - 4] >> 6);
        int least = j < 4 ? s[j + 4] & 63 : (s[j + 4] >> 4) + 16 * (s[j] >> 6);
        out[e] = (d * (float)scale) * (float)q - m * (float)least;
    }
}

static const struct format {
    uint32_t type;
    const char *name;
    unsigned block, bytes; /* elements and bytes of a block */
    void (*read)(const unsigned char *block, float *out);
} formats[] = {
    {0, "F32", 1, 4, read_f32},
    {1, "F16", 1, 2, read_f16},
    {2, "Q4_0", 32, 18, read_q4_0},
    {8, "Q8_0", 32, 34, read_q8_0},
    {12, "Q4_K", 256, 144, read_q4_k},
    {14, "Q6_K", 256, 210, read_q6_k},
    {30, "BF16", 1, 2, read_bf16},
};

static const struct format *format_of(const struct tensor *t)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].type == t->type)
            return &formats[i];
    die("%.*s has type %u", (int)t->name.n, t->name.bytes, (unsigned)t->type);
}

uint64_t rows_bytes(const struct tensor *t)
{
    const struct format *f = format_of(t);
    return t->k * t->rows / f->block * f->bytes;
}

/* NUMERICS 2.9: what a reader finds after x[0..n) has been stored. */

static float nearest(float x, float s, float least, float most)
{
    if (s == 0)
        return 0;
    float q = x / s + 12582912.0f - 12582912.0f;
    return (float)(int)(q < least ? least : q > most ? most : q); /* a stored zero has no sign */
}

static float size(float x)
{
    return x < 0 ? -x : x;
}

static float largest(const float *x, int n)
{
    float m = x[0];
    for (int i = 1; i < n; i++)
        m = size(x[i]) > size(m) ? x[i] : m;
    return m;
}

static void requantise_q8_0(float *x)
{
    float d = f16_widen(f16_round(size(largest(x, 32)) / 127));
    for (int i = 0; i < 32; i++)
        x[i] = d * nearest(x[i], d, -127, 127);
}

static void requantise_q6_k(float *x)
{
    float s[16];
    for (int j = 0; j < 16; j++)
        s[j] = largest(x + 16 * j, 16) / -32;
    float d = f16_widen(f16_round(size(largest(s, 16)) / 127));
    for (int i = 0; i < 256; i++) {
        float scale = d * nearest(s[i / 16], d, -127, 127);
        x[i] = scale * nearest(x[i], scale, -32, 31);
    }
}

int rows_requantised;

static void requantise(float *x, uint64_t n)
{
    for (uint64_t i = 0; rows_requantised == 8 && i < n; i += 32)
        requantise_q8_0(x + i);
    for (uint64_t i = 0; rows_requantised == 14 && i < n; i += 256)
        requantise_q6_k(x + i);
}

void rows_read(const struct tensor *t, uint64_t row, float *out)
{
    if (t->w) {
        for (uint64_t k = 0; k < t->k; k++)
            out[k] = t->scale[row * ((t->k + 31) / 32) + k / 32] * (float)t->w[row * t->k + k];
        return;
    }
    const struct format *f = format_of(t);
    if (t->k % f->block != 0)
        die("%.*s cannot be read by rows", (int)t->name.n, t->name.bytes);
    for (uint64_t block = 0; block < t->k / f->block; block++)
        f->read(t->data + (row * t->k / f->block + block) * f->bytes, out + block * f->block);
    if (f->block == 1 && t->rows > 1)
        requantise(out, t->k);
}
