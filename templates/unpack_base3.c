
/* ${name}: ${about}.
 * A byte q holds five digits of weight + 1, first digit highest: v of 0 .. 242 is stored as ceil(256 v / 243), and digit n is
 * the integer part of 3 * frac(q 3^n / 256). A block of ${per} is three groups of bytes, ${per // 8} and ${per // 16} with five
 * digits and ${per // 64} with four; digit n of byte m is element n * bytes + m of its group. */
static void unpack_${name}(const struct matrix *m, int row, uint8_t *codes)
{
    static const int bytes[3] = {${per // 8}, ${per // 16}, ${per // 64}}, digits[3] = {5, 5, 4};
    for (uint64_t b = 0, blocks = (uint64_t)m->k / ${per}; b < blocks; b++) {
        const uint8_t *q = tensor + ((uint64_t)row * blocks + b) * m->unit_bytes;
        for (int group = 0; group < 3; group++) {
            for (int i = 0; i < bytes[group]; i++, q++)
                for (unsigned n = 0, x = *q; n < (unsigned)digits[group]; n++, x = x * 3 & 255)
                    codes[n * (unsigned)bytes[group] + (unsigned)i] = (uint8_t)(x * 3 >> 8);
            codes += bytes[group] * digits[group];
        }
    }
}
