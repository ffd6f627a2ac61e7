
/* s54: a vector of m->lanes rows and a step of 128 k are five lines of 4 * lanes bytes: four of slots and one of signs. Byte
 * (row, j) of line i / 2 has, in the low nibble for even i, the slot of k = 64 * (i / 4) + 4 * (i % 4) + j, + 16, + 32 and + 48;
 * bit 7 - i of the last line's byte is its sign. */
static unsigned slot_of(const uint8_t *c, const struct packed *m, int k)
{
    unsigned signs = 0, zero = 4, zeros = 0, n = 0;
    for (unsigned p = 0; p < 4; p++)
        zeros += c[16 * p] == 1;
    for (unsigned p = 0; p < 4; p++)
        if (zero == 4 && c[16 * p] == (zeros ? 1 : 3))
            zero = p;
        else
            signs |= (unsigned)(c[16 * p] == 0) << n++;
    if (zeros > 1 || zero == 4)
        error_die(error_set(E_MODEL_PACKING, "%s: of the weights %d, %d, %d and %d of a row %u are zero; s54 has one of four",
            m->m.name, k, k + 16, k + 32, k + 48, zeros));
    return zero << 2 | ((signs & 1 ? ~signs : signs) >> 1 & 3) | (signs & 1) << 4;
}

static void pack_s54(const uint8_t *codes, const struct packed *m, uint8_t *out)
{
    size_t line = 4 * (size_t)m->lanes;
    memset(out, 0, (size_t)m->tile_bytes);
    for (int step = 0; step < m->k_pad; step += 128)
        for (int first = 0; first < m->tile; first += m->lanes, out += 5 * line)
            for (size_t b = 0; b < line; b++)
                for (int i = 0; i < 8; i++) {
                    int k = step + 64 * (i / 4) + 4 * (i % 4) + (int)(b % 4);
                    unsigned slot = slot_of(codes + (size_t)(first + (int)(b / 4)) * K_MAX + k, m, k);
                    out[line * (size_t)(i / 2) + b] |= (uint8_t)((slot & 15) << i % 2 * 4);
                    out[line * 4 + b] |= (uint8_t)(slot >> 4 << (7 - i));
                }
}
