
/* t2r: byte b of a row's 64-byte block holds k = 256 * block + 64 * p + b in bits 2p+1..2p; padding is the code of zero. */
static void pack_t2r(const uint8_t *codes, const struct packed *m, uint8_t *out)
{
    for (int row = 0; row < m->tile; row++)
        for (int block = 0; block < m->k_pad; block += 256)
            for (int b = 0; b < 64; b++) {
                const uint8_t *c = codes + (size_t)row * K_MAX + block + b;
                *out++ = (uint8_t)(c[0] | c[64] << 2 | c[128] << 4 | c[192] << 6);
            }
}
