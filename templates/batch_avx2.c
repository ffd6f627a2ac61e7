$ local most = batch.tokens
$ local lines, pair = chunk * step_k // 4, 2 * 127 * code_max
$ -- 16 rows x 4 tokens: 148 multiply-adds per ns and core; x 5: 142; x 6, where gcc runs out of registers: 125
/* Panel lines are ${tile} rows x 4 k of codes. vpmaddubsw adds two products, at most 2 * ${code_max} * 127 = ${pair}, to an int16
 * lane; a chunk has at most ${lines} lines, so |a| <= ${lines * pair}. y holds the int32 sums between chunks; the first begins at
 * -sum of x, for codes are weight + 1. */
$ for nt = 1, most do

/* 16 rows x ${nt} token${nt > 1 and "s" or ""} */
static void block_${nt}(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int first, int32_t *y, size_t y_stride)
{
    const __m256i one = _mm256_set1_epi16(1);
$   for t = 0, nt - 1 do
    __m256i a${t} = _mm256_setzero_si256(), b${t} = a${t};
$   end
    for (int i = 0; i < lines; i++, panel += ${4 * tile}) {
        __m256i w0 = _mm256_loadu_si256((const __m256i *)(const void *)panel);
        __m256i w1 = _mm256_loadu_si256((const __m256i *)(const void *)(panel + 32));
$   for t = 0, nt - 1 do
        {
            __m256i v = four(x + ${t} * x_stride + 4 * i);
            a${t} = add_products(a${t}, w0, v);
            b${t} = add_products(b${t}, w1, v);
        }
$   end
    }
$   for t = 0, nt - 1 do
    {
        __m256i *to = (__m256i *)(void *)(y + ${t} * y_stride);
        __m256i y0 = first ? _mm256_set1_epi32(-q8_sum(x + ${t} * x_stride)) : _mm256_loadu_si256(to);
        __m256i y1 = first ? y0 : _mm256_loadu_si256(to + 1);
        _mm256_storeu_si256(to, _mm256_add_epi32(y0, _mm256_madd_epi16(a${t}, one)));
        _mm256_storeu_si256(to + 1, _mm256_add_epi32(y1, _mm256_madd_epi16(b${t}, one)));
    }
$   end
}
$ end

static void block(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int n, int first, int32_t *y,
    size_t y_stride)
{
    for (int t = 0; t < n; t += ${most})
        for (int i = 0; i < ${tile}; i += 16) {
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
