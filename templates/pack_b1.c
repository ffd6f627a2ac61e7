
/* b1: byte (step, group, lane, j) of a tile holds the sign of k = 32 * step + 4 * p + j in bit p, 1 for +1. */
static void pack_b1(const uint8_t *codes, const struct packed *m, uint8_t *out)
{
    for (int step = 0; step < m->k_pad / 32; step++)
        for (int row = 0; row < m->tile; row++)
            for (int j = 0; j < 4; j++) {
                const uint8_t *c = codes + (size_t)row * K_MAX + 32 * step + j;
                unsigned bits = 0;
                for (int p = 0; p < 8; p++) {
                    if (c[4 * p] == 1)
                        error_die(error_set(E_MODEL_PACKING, "%s: a weight is zero; b1 has -1 and +1", m->m.name));
                    bits |= (unsigned)(c[4 * p] >= 2) << p;
                }
                *out++ = (uint8_t)bits;
            }
}
