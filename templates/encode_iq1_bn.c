
/* ${name}: five codes of 0 .. 2 to a byte, v of 0 .. 242 as ceil(256 v / 243), the first one lowest; of sixteen the last lies
 * apart. */
static uint64_t code_bytes(uint64_t n)
{
    return n / 64 * 13;
}

static void encode_codes(const uint8_t *codes, uint64_t n, uint8_t *out)
{
    for (uint64_t e = 0; e < n; e += 64, codes += 64, out += 13) {
        unsigned last = 0, place = 1;
        for (uint64_t i = 0; i < 4; i++, place *= 3) {
            for (uint64_t j = 0; j < 3; j++) {
                unsigned v = 0;
                for (uint64_t d = 5; d-- > 0;)
                    v = 3 * v + codes[16 * i + 5 * j + d];
                out[3 * i + j] = (uint8_t)((256 * v + 242) / 243);
            }
            last += place * codes[16 * i + 15];
        }
        out[12] = (uint8_t)((256 * last + 242) / 243);
    }
}
