
/* t2c: byte 16L + 4j + e of a column's 64-byte block holds row 256 * block + 64 * p + 16 * j + 4 * L + e in bits 2p+1..2p. The
 * tile is a block of 256 rows; its columns lie rows_pad / 4 bytes apart. */
static void pack_t2c(const uint8_t *codes, const struct packed *m, uint8_t *out)
{
    for (int k = 0; k < m->k_pad; k++, out += m->rows / 4)
        for (int b = 0; b < 64; b++) {
            const uint8_t *c = codes + (size_t)(b / 4 % 4 * 16 + b / 16 * 4 + b % 4) * K_MAX + k;
            out[b] = (uint8_t)(c[0] | c[64 * K_MAX] << 2 | c[128 * K_MAX] << 4 | c[192 * K_MAX] << 6);
        }
}
