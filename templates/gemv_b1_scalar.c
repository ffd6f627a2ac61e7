/* A weight is twice its bit, less 1: the sum over k is twice that of the x whose bit is set, less the sum of all. Bit p of byte j
 * of a lane's four is k = 32 * step + 4 * p + j. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32_t sum = q8_sum(x);
    int32_t acc[${tile}] = {0};
    for (int step = 0; step < ${steps}; step++, w += ${step_bytes}, x += 32)
        for (int r = 0; r < ${tile}; r++)
            for (int j = 0; j < 4; j++) {
                int b = w[4 * r + j];
$ for p = 0, 7 do
                acc[r] += -(b >> ${p} & 1) & x[${4 * p} + j];
$ end
            }
    for (int r = 0; r < ${tile}; r++)
        y[r] = 2 * acc[r] - sum;
}
