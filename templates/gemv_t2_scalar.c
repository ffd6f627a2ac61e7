/* A byte holds plane p = 0..3 in bits 2p+1..2p; byte j of a lane's four is k = 16 * step + 4 * p + j. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32_t sum = q8_sum(x);
$ for r = 0, tile - 1 do
    int32_t acc${r} = 0;
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do
        for (int j = 0; j < 4; j++) {
            int x0 = x[${16 * s} + j], x1 = x[${16 * s + 4} + j], x2 = x[${16 * s + 8} + j], x3 = x[${16 * s + 12} + j];
$   for r = 0, tile - 1 do
            int b${r} = w[${4 * tile * s + 4 * r} + j];
            acc${r} += (b${r} & 3) * x0 + (b${r} >> 2 & 3) * x1 + (b${r} >> 4 & 3) * x2 + (b${r} >> 6) * x3;
$   end
        }
$ end
        w += ${4 * tile * unroll};
        x += ${16 * unroll};
    }
$ for r = 0, tile - 1 do
    y[${r}] = acc${r} - sum;
$ end
}
