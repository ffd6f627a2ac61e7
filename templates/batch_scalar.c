/* Panel lines are ${tile} rows x 4 k of codes. y holds the sums between chunks; the first begins at -sum of x, for codes are
 * weight + 1. */
static void block(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int n, int first, int32_t *y,
    size_t y_stride)
{
    for (int t = 0; t < n; t++, x += x_stride, y += y_stride) {
        const uint8_t *codes = panel;
        int32_t sum = q8_sum(x);
$ for r = 0, tile - 1 do
        int32_t acc${r} = first ? -sum : y[${r}];
$ end
        for (int k = 0; k < 4 * lines; k += 4, codes += ${4 * tile}) {
            int x0 = x[k], x1 = x[k + 1], x2 = x[k + 2], x3 = x[k + 3];
$ for r = 0, tile - 1 do
            acc${r} += codes[${4 * r}] * x0 + codes[${4 * r + 1}] * x1 + codes[${4 * r + 2}] * x2 + codes[${4 * r + 3}] * x3;
$ end
        }
$ for r = 0, tile - 1 do
        y[${r}] = acc${r};
$ end
    }
}
