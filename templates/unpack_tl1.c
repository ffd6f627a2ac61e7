
/* ${name}: ${about}.
 * A byte holds two pairs of neighbours, the first in the upper half: 3 * first + second, of weight + 1. Tiles of rows x k; in a
 * tile `lanes` interleaved rows take turns for 256 / lanes columns; 16 rows to a group. */
static void unpack_${name}(const struct matrix *m, int row, uint8_t *codes)
{
    const struct stored_tile *t = &m->stored;
    int columns = 256 / t->lanes, across = m->k / t->k;
    for (int k = 0; k < m->k; k++) {
        uint64_t at = (uint64_t)(row / t->rows * across + k / t->k);
        at = at * (uint64_t)(t->rows / t->lanes) + (uint64_t)(row % t->rows / t->lanes);
        at = at * (uint64_t)(t->k / columns) + (uint64_t)(k % t->k / columns);
        at = at * (uint64_t)(t->lanes / 16) + (uint64_t)(row % t->lanes / 16);
        at = at * (uint64_t)(columns / 4) + (uint64_t)(k % columns / 4);
        unsigned pair = tensor[at * 16 + (uint64_t)(row % 16)] >> (k % 4 < 2 ? 4 : 0) & 15;
        codes[k] = (uint8_t)(pair > 8 ? 3 : (k % 2 ? pair % 3 : pair / 3));
    }
}
