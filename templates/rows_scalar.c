/* Byte b of a row's 64-byte block holds k = 256 * block + 64 * p + b in bits 2p+1..2p. */
LIST(${name}_rows)
{
    for (int i = 0; i < count; i++) {
        const uint8_t *row = w + (size_t)list[i] * ${k_pad // 4};
        int32_t acc = -q8_sum(x);
        for (int k = 0; k < ${k_pad}; k += 256, row += 64)
            for (int b = 0; b < 64; b++) {
                const int8_t *v = x + k + b;
                acc += (row[b] & 3) * v[0] + (row[b] >> 2 & 3) * v[64] + (row[b] >> 4 & 3) * v[128] + (row[b] >> 6) * v[192];
            }
        y[list[i]] = acc;
    }
}
