$ local quarter = plane // 4

/* ${name}: n codes, ${plane} to a block of two bits each. */
static uint64_t code_bytes(uint64_t n)
{
    return n / 4;
}

static void encode_codes(const uint8_t *codes, uint64_t n, uint8_t *out)
{
    memset(out, 0, n / 4);
    for (uint64_t e = 0; e < n; e++) {
        uint64_t place = e % ${plane} / ${quarter} * 2;
        out[e / ${plane} * ${quarter} + e % ${quarter}] |= (uint8_t)(codes[e] << ${high_first and "(6 - place)" or "place"});
    }
}
