
/* t53l: a vector of m->lanes rows and a step of 96 k are five lines of 4 * lanes bytes. Byte (row, j) of line i / 2 has, in the
 * low nibble for even i, the lower bits of c0 + 3 c1 + 9 c2, the codes of k = 48 * (i / 4) + 4 * (i % 4) + j, + 16 and + 32; bit
 * 7 - i of the last line's byte is its fifth bit. */
static void pack_t53l(const uint8_t *codes, const struct packed *m, uint8_t *out)
{
    size_t line = 4 * (size_t)m->lanes;
    memset(out, 0, (size_t)m->tile_bytes);
    for (int step = 0; step < m->k_pad; step += 96)
        for (int first = 0; first < m->tile; first += m->lanes, out += 5 * line)
            for (size_t b = 0; b < line; b++)
                for (int i = 0; i < 8; i++) {
                    int k = step + 48 * (i / 4) + 4 * (i % 4) + (int)(b % 4);
                    const uint8_t *c = codes + (size_t)(first + (int)(b / 4)) * K_MAX + k;
                    int field = c[0] + 3 * c[16] + 9 * c[32];
                    out[line * (size_t)(i / 2) + b] |= (uint8_t)((field & 15) << i % 2 * 4);
                    out[line * 4 + b] |= (uint8_t)(field >> 4 << (7 - i));
                }
}
