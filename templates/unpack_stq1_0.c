
/* ${name}: ${about}.
 * A block of 256: 32 bytes of 4-bit slots, 8 of signs, the f16 scale. Group g has the lanes p = 0 .. 3, elements
 * g / 16 * 64 + g % 16 + 16 p. The slot's upper two bits are the lane of the zero; of the other three lanes the first is +, the
 * others have a bit each, lower bit first, 1 for -; the group's sign turns all three. */
static void unpack_${name}(const struct matrix *m, int row, uint8_t *codes)
{
    for (uint64_t b = 0, blocks = (uint64_t)m->k / ${per}; b < blocks; b++, codes += ${per}) {
        const uint8_t *block = tensor + ((uint64_t)row * blocks + b) * m->unit_bytes;
        for (int g = 0; g < 64; g++) {
            unsigned slot = block[g / 2] >> g % 2 * 4 & 15, sign = block[32 + g / 8] >> g % 8 & 1, minus = slot << 1 & 6;
            for (unsigned p = 0; p < 4; p++) {
                uint8_t *code = codes + g / 16 * 64 + g % 16 + 16 * p;
                if (p == slot >> 2) {
                    *code = 1;
                    continue;
                }
                *code = (minus & 1) ^ sign ? 0 : 2;
                minus >>= 1;
            }
        }
    }
}
