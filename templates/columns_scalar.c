/* Byte 16L + 4j + e of a column's 64-byte block holds row 256 * block + 64 * p + 16j + 4L + e in bits 2p+1..2p. The sums begin
 * at -sum of the listed x, for codes are weight + 1. */
LIST(${name}_columns)
{
    int32_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += x[list[i]];
    for (int i = 0; i < ${rows_pad}; i++)
        y[i] = -sum;
    for (int i = 0; i < count; i++) {
        const uint8_t *column = w + (size_t)list[i] * ${rows_pad // 4};
        int v = x[list[i]];
        for (int row = 0; row < ${rows_pad}; row += 256, column += 64)
            for (int b = 0; b < 64; b++) {
                int32_t *to = y + row + b / 4 % 4 * 16 + b / 16 * 4 + b % 4;
                to[0] += (column[b] & 3) * v;
                to[64] += (column[b] >> 2 & 3) * v;
                to[128] += (column[b] >> 4 & 3) * v;
                to[192] += (column[b] >> 6) * v;
            }
    }
}
