
/* ${name}: ${about}.
 * Blocks of 64 in 13 bytes behind the row's scale: byte 3i + j holds elements 16i + 5j and the next four, the last one 16i + 15
 * for i = 0 .. 3: digits of weight + 1, first digit lowest, v stored as ceil(256 v / 243). */
static void unpack_${name}(const struct matrix *m, int row, uint8_t *codes)
{
    static const unsigned shift[5] = {81, 27, 9, 3, 1};
    const uint8_t *block = tensor + (uint64_t)row * m->unit_bytes + ${scale_bytes};
    for (int k = 0; k < m->k; k += 64, block += 13)
        for (int e = 0; e < 64; e++) {
            int i = e / 16, rest = e % 16;
            unsigned byte = rest < 15 ? block[3 * i + rest / 5] : block[12], digit = (unsigned)(rest < 15 ? rest % 5 : i);
            codes[k + e] = (uint8_t)((byte * shift[digit] & 255) * 3 >> 8);
        }
}
