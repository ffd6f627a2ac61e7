/* Part i of a step of 128 k: byte (row, j) has the codes of k = 64 * (i / 4) + 16 * p + 4 * (i % 4) + j in bits 2p+1..2p. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32_t sum = q8_sum(x);
    int32_t acc[${tile}] = {0};
    for (int step = 0; step < ${steps}; step++, w += ${step_bytes}, x += 128)
        for (int i = 0; i < 8; i++) {
            codes c = codes_of(w, i);
            const int8_t *xi = x + 64 * (i / 4) + 4 * (i % 4);
            for (int j = 0; j < 4; j++)
                for (int r = 0; r < ${tile}; r++) {
                    int b = c[4 * r + j];
                    acc[r] += (b & 3) * xi[j] + (b >> 2 & 3) * xi[16 + j] + (b >> 4 & 3) * xi[32 + j] + (b >> 6) * xi[48 + j];
                }
        }
    for (int r = 0; r < ${tile}; r++)
        y[r] = acc[r] - sum;
}
