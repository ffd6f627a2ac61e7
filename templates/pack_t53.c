
/* t53: a step and 16 rows are 64 indices c0 + 3 c1 + 9 c2 of 5 bits, row by row, of each row j = 0..3, one after the other in
 * 40 bytes; c0, c1, c2 are the codes of k = 12 * step + j, + 4 and + 8. Eight indices are five bytes. */
static void pack_t53(const uint8_t *codes, const struct packed *m, uint8_t *out)
{
    for (int step = 0; step < m->k_pad / 12; step++)
        for (int row = 0; row < m->tile; row += 2) {
            uint64_t bits = 0;
            for (int i = 0; i < 8; i++) {
                const uint8_t *c = codes + (size_t)(row + i / 4) * K_MAX + 12 * step + i % 4;
                bits |= (uint64_t)(c[0] + 3 * c[4] + 9 * c[8]) << 5 * i;
            }
            for (int i = 0; i < 5; i++)
                *out++ = (uint8_t)(bits >> 8 * i);
        }
}
