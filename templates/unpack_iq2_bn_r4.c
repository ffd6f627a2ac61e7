
/* ${name}: ${about}.
 * Behind their four scales 64 bytes for each 64 columns: byte 16 l + 4 r + i of them holds of row r the elements 16 l + i, + 4,
 * + 8 and + 12, lowest bits first. */
static void unpack_${name}(const struct matrix *m, int row, uint8_t *codes)
{
    const uint8_t *block = tensor + (uint64_t)(row / 4) * 4 * m->unit_bytes + 4 * ${scale_bytes};
    for (int k = 0; k < m->k; k++)
        codes[k] = block[k / 64 * 64 + k % 64 / 16 * 16 + row % 4 * 4 + k % 4] >> k % 16 / 4 * 2 & 3;
}
