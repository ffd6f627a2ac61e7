
/* t2: byte (step, group, lane, j) of a tile holds k = 16 * step + 4 * p + j in bits 2p+1..2p; padding is the code of zero. */
static void pack_t2(const uint8_t *codes, const struct packed *m, uint8_t *out)
{
    for (int step = 0; step < m->k_pad / 16; step++)
        for (int row = 0; row < m->tile; row++) {
            const uint8_t *c = codes + (size_t)row * K_MAX + 16 * step;
            for (int j = 0; j < 4; j++)
                *out++ = (uint8_t)(c[j] | c[j + 4] << 2 | c[j + 8] << 4 | c[j + 12] << 6);
        }
}
