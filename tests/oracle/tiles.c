/* tiles.c: TL1 and TL2, BitNet's formats for lookup tables, read in the order in which its
 * converter writes them. Layouts: utils/convert-hf-to-gguf-bitnet.py; tiles: utils/codegen_tl1.py,
 * codegen_tl2.py as setup_env.py calls them. */
#include "oracle.h"

#include <string.h>

static const struct tile {
    uint64_t rows, k;             /* of the matrix */
    uint64_t BM, BK, bm, BM2, BK2; /* TL1's tile, TL2's */
} tiles[] = {
    {1536, 4096, 256, 128, 32, 256, 96}, {1536, 1536, 128, 64, 64, 128, 192},
    {4096, 1536, 256, 128, 32, 256, 96}, {3200, 8640, 160, 64, 32, 160, 96},
    {3200, 3200, 320, 128, 64, 320, 96}, {8640, 3200, 320, 64, 32, 320, 96},
    {14336, 4096, 256, 128, 32, 256, 96}, {4096, 14336, 128, 64, 64, 128, 96},
    {1024, 4096, 256, 128, 32, 256, 96}, {4096, 4096, 128, 64, 64, 128, 96},
};

static const struct tile *tile_of(const struct tensor *t)
{
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++)
        if (tiles[i].rows == t->rows && tiles[i].k == t->k)
            return &tiles[i];
    die("%.*s has a shape without tiles", (int)t->name.n, t->name.bytes);
}

/* Two pairs of weights in a byte, k the first of their four columns. */
static void put_pairs(struct tensor *t, uint64_t row, uint64_t k, int byte, float scale)
{
    for (uint64_t i = 0; i < 4; i++) {
        int pair = i < 2 ? byte >> 4 : byte & 15;
        ternary_put(t, row, k + i, pair > 8 ? 9 : (i % 2 ? pair % 3 : pair / 3) - 1, scale);
    }
}

void tl1_read(struct tensor *t)
{
    const struct tile *b = tile_of(t);
    const unsigned char *byte = t->data;
    float scale;
    memcpy(&scale, t->data + t->k * t->rows / 4, sizeof scale);
    for (uint64_t i = 0; i < t->rows; i += b->BM)
        for (uint64_t k = 0; k < t->k; k += b->BK)
            for (uint64_t ib = i; ib < i + b->BM; ib += b->bm)
                for (uint64_t kb = k; kb < k + b->BK; kb += 256 / b->bm)
                    for (uint64_t row = ib; row < ib + b->bm; row += 16)
                        for (uint64_t kq = kb; kq < kb + 256 / b->bm; kq += 4)
                            for (uint64_t lane = 0; lane < 16; lane++)
                                put_pairs(t, row + lane, kq, *byte++, scale);
}

/* Bit 15 - 2 (k / 3) - half of word row % 16: for 24 columns from k on of 32 rows. */
static int sign_of(const unsigned char *words, uint64_t row, uint64_t k)
{
    uint64_t bit = 15 - 2 * (k % 24 / 3) - row % 32 / 16;
    return words[2 * (row % 16) + bit / 8] >> bit % 8 & 1;
}

/* Three weights of size 0 .. 13. */
static void put_triple(struct tensor *t, uint64_t row, uint64_t k, int size, int minus, float scale)
{
    int value = (minus ? -size : size) + 13;
    ternary_put(t, row, k, size > 13 ? 9 : value / 9 - 1, scale);
    ternary_put(t, row, k + 1, value / 3 % 3 - 1, scale);
    ternary_put(t, row, k + 2, value % 3 - 1, scale);
}

static const uint64_t turned[4] = {0, 16, 8, 24}; /* which eight of 32 rows come next */

void tl2_read(struct tensor *t)
{
    const struct tile *b = tile_of(t);
    uint64_t k3 = t->k / b->BK2 * b->BK2, n3 = t->rows * k3;
    uint64_t planes = (t->k - 256) * t->rows / 3 * 5 / 8 + 256 * t->rows / 2 * 4 / 8;
    const unsigned char *byte = t->data, *sign = byte + n3 / 6, *words;
    float scale;
    memcpy(&scale, t->data + (planes + 31) / 32 * 32, sizeof scale);
    for (uint64_t i = 0; i < t->rows; i += b->BM2)
        for (uint64_t k = 0; k < k3; k += b->BK2)
            for (uint64_t ib = i; ib < i + b->BM2; ib += 32, sign += b->BK2 / 24 * 32)
                for (uint64_t kb = k; kb < k + b->BK2; kb += 6)
                    for (uint64_t g = 0; g < 4; g++)
                        for (uint64_t row = ib + turned[g], end = row + 8; row < end; row++, byte++) {
                            words = sign + (kb - k) / 24 * 32;
                            put_triple(t, row, kb, *byte >> 4, sign_of(words, row - ib, kb - k), scale);
                            put_triple(t, row, kb + 3, *byte & 15, sign_of(words, row - ib, kb + 3 - k), scale);
                        }
    byte = sign;
    for (uint64_t i = 0; i < t->rows; i += b->BM2)
        for (uint64_t k = k3; k < t->k; k += 32)
            for (uint64_t ib = i; ib < i + b->BM2; ib += 32)
                for (uint64_t kb = k; kb < k + 32; kb += 4)
                    for (uint64_t g = 0; g < 4; g++)
                        for (uint64_t row = ib + turned[g], end = row + 8; row < end; row++)
                            put_pairs(t, row, kb, *byte++, scale);
}
