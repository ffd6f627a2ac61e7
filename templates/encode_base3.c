
/* ${name}: five codes of 0 .. 2 to a byte, v of 0 .. 242 as ceil(256 v / 243). */
static uint64_t code_bytes(uint64_t n)
{
    return n / 8 + n / 16 + n / 64;
}

/* Digit d of byte m is element d * bytes + m of its part, the first one highest. */
static void encode_codes(const uint8_t *codes, uint64_t n, uint8_t *out)
{
    for (uint64_t bytes = n / 8, part = 0; part < 3; bytes = part++ == 0 ? n / 16 : n / 64) {
        for (uint64_t m = 0; m < bytes; m++) {
            unsigned v = 0;
            for (uint64_t d = 0; d < 5; d++)
                v = 3 * v + (part == 2 && d == 4 ? 0 : codes[d * bytes + m]);
            *out++ = (uint8_t)((256 * v + 242) / 243);
        }
        codes += 5 * bytes;
    }
}
