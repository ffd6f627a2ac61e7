
/* ${name}: of each four codes, 16 apart, one is 1, a weight of 0: a slot of 4 bits and a sign. */
static uint64_t code_bytes(uint64_t n)
{
    return n / 32 * 5;
}

/* The first of the other three is +, the next two have a bit each, 1 for -; the sign turns all. */
static void encode_codes(const uint8_t *codes, uint64_t n, uint8_t *out)
{
    memset(out, 0, n / 32 * 5);
    for (uint64_t g = 0; g < n / 4; g++) {
        const uint8_t *c = codes + g / 16 * 64 + g % 16;
        unsigned zero = 0, minus = 0, others = 0;
        for (unsigned p = 0; p < 4; p++)
            if (c[16 * p] == 1)
                zero = p;
            else
                minus |= (unsigned)(c[16 * p] == 0) << others++;
        unsigned slot = zero << 2 | ((minus & 1 ? ~minus : minus) >> 1 & 3);
        out[g / 2] |= (uint8_t)(slot << g % 2 * 4);
        out[n / 8 + g / 8] |= (uint8_t)((minus & 1) << g % 8);
    }
}
