
/* Where the byte lies that holds row and column k of a plane of `width` columns, in tiles of t->rows x tile_k and steps of
 * `columns` for 32 rows: a step stores rows 0-7, 16-23, 8-15, 24-31, a byte each. */
static uint64_t at_${name}(const struct stored_tile *t, int row, int k, int width, int tile_k, int columns)
{
    static const int turn[4] = {0, 2, 1, 3};
    uint64_t at = (uint64_t)(row / t->rows * (width / tile_k) + k / tile_k);
    at = at * (uint64_t)(t->rows / 32) + (uint64_t)(row % t->rows / 32);
    at = at * (uint64_t)(tile_k / columns) + (uint64_t)(k % tile_k / columns);
    return at * 32 + (uint64_t)(turn[row % 32 / 8] * 8 + row % 8);
}

/* The sign of a triple: words of 16 bits, one for rows r and r + 16 of 32, eight triples to a word, the first in the top bits. */
static unsigned sign_${name}(const struct stored_tile *t, const uint8_t *signs, int row, int k, int width)
{
    uint64_t at = (uint64_t)(row / t->rows * (width / t->k) + k / t->k);
    at = at * (uint64_t)(t->rows / 32) + (uint64_t)(row % t->rows / 32);
    at = at * (uint64_t)(t->k / 24) + (uint64_t)(k % t->k / 24);
    const uint8_t *word = signs + (at * 16 + (uint64_t)(row % 16)) * 2;
    return (word[0] | (unsigned)word[1] << 8) >> (15 - (k % 24 / 3 * 2 + row % 32 / 16)) & 1;
}

/* ${name}: ${about}.
 * The columns that fill tiles are stored as triples, 9a + 3b + c of the weights: its absolute value of 0 .. 13 as half a byte,
 * its sign in a plane behind; the columns left over as pairs, as in TL1, in tiles of 32. */
static void unpack_${name}(const struct matrix *m, int row, uint8_t *codes)
{
    static const int places[3] = {9, 3, 1};
    const struct stored_tile *t = &m->stored;
    int width = m->k / t->k * t->k;
    uint64_t triples = (uint64_t)m->rows * (uint64_t)width / 6;
    const uint8_t *signs = tensor + triples, *pairs = signs + triples / 4;
    for (int k = 0; k < width; k++) {
        int value = tensor[at_${name}(t, row, k, width, t->k, 6)] >> (k % 6 < 3 ? 4 : 0) & 15, digits = value + 13;
        if (sign_${name}(t, signs, row, k, width))
            digits = 13 - value;
        codes[k] = (uint8_t)(value > 13 ? 3 : digits / places[k % 3] % 3);
    }
    for (int k = width, i = 0; k < m->k; k++, i++) {
        unsigned pair = pairs[at_${name}(t, row, i, m->k - width, 32, 4)] >> (i % 4 < 2 ? 4 : 0) & 15;
        codes[k] = (uint8_t)(pair > 8 ? 3 : (i % 2 ? pair % 3 : pair / 3));
    }
}
