$ local most, vectors = batch.tokens, batch.vectors
$ -- zmm, multiply-adds per ns and core at n = 128, of a peak of 431: 4 vectors x 6 tokens 380, x 4: 349, 2 x 12: 370, 2 x 8: 356;
$ -- a panel of 1024 k, which no longer fits the first-level cache: 338. ymm, of 228: 2 x 6: 210, 2 x 4: 167.
/* Panel lines are ${tile} rows x 4 k of codes. A line adds at most 4 * 2 * 127 to an int32 lane. y holds the sums between
 * chunks; the first begins at -sum of x, for codes are weight + 1. */
$ local written = 4         -- lines to a round of the loop: two uops less of 23 (ymm) or 37 (zmm): beside a busy neighbour 8, 2 %
$ for nt = 1, most do

$   local function products(line)
$     for v = 0, vectors - 1 do
        vec w${line}_${v} = load(panel + ${4 * tile * line + 4 * lanes * v});
$     end
$     for t = 0, nt - 1 do
        vec x${line}_${t} = four(at + ${t} * x_stride + ${4 * line});
$       for v = 0, vectors - 1 do
        a${t}_${v} = add_products(a${t}_${v}, w${line}_${v}, x${line}_${t});
$       end
$     end
$   end
/* ${lanes * vectors} rows x ${nt} token${nt > 1 and "s" or ""}. (Inlined, gcc 12 spills five sums of t2r: 7 % more time.) */
static __attribute__((noinline)) void block_${nt}(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int first,
    int32_t *y, size_t y_stride)
{
    const int8_t *at = x;
$   for t = 0, nt - 1 do for v = 0, vectors - 1 do
    vec a${t}_${v} = {0};
$   end end
    for (int i = lines / ${written}; i > 0; i--, at += ${4 * written}, panel += ${4 * tile * written}) {
$   for line = 0, written - 1 do products(line) end
    }
    for (int i = lines % ${written}; i > 0; i--, at += 4, panel += ${4 * tile}) {
$   products(0)
    }
$   for t = 0, nt - 1 do for v = 0, vectors - 1 do
    {
        int32_t *to = y + ${t} * y_stride + ${lanes * v};
        store(to, a${t}_${v} + (first ? (vec){0} - q8_sum(x + ${t} * x_stride) : load(to)));
    }
$   end end
}
$ end

static void block(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int n, int first, int32_t *y,
    size_t y_stride)
{
    for (int t = 0; t < n; t += ${most})
        for (int i = 0; i < ${tile}; i += ${lanes * vectors}) {
            const int8_t *xt = x + (size_t)t * x_stride;
            int32_t *yt = y + (size_t)t * y_stride + i;
            switch (n - t) {
$ for nt = 1, most - 1 do
            case ${nt}: block_${nt}(panel + 4 * i, lines, xt, x_stride, first, yt, y_stride); break;
$ end
            default: block_${most}(panel + 4 * i, lines, xt, x_stride, first, yt, y_stride);
            }
        }
}
