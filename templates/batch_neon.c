$ local most, vectors, lines = batch.tokens, tile // 4, chunk * step_k // 4
/* Panel lines are ${tile} rows x 4 k of codes. smlal adds one product, at most ${code_max} * 127, to an int16 lane; a chunk has
 * at most ${lines} lines, so |a| <= ${lines * code_max * 127}. y holds the int32 sums between chunks; the first begins at
 * -sum of x, for codes are weight + 1. l = rows 0, 1 of a vector, h = rows 2, 3. */
$ for nt = 1, most do

static void block_${nt}(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int first, int32_t *y, size_t y_stride)
{
$   for t = 0, nt - 1 do for g = 0, vectors - 1 do local v = g .. "_" .. t
    int16x8_t l${v} = vdupq_n_s16(0), h${v} = l${v};
$   end end
    for (int i = 0; i < lines; i++, panel += ${4 * tile}) {
$   for g = 0, vectors - 1 do
        int8x16_t w${g} = vreinterpretq_s8_u8(vld1q_u8(panel + ${16 * g}));
$   end
$   for t = 0, nt - 1 do
        int8x16_t x${t} = four(x + ${t} * x_stride + 4 * i);
$     for g = 0, vectors - 1 do local v = g .. "_" .. t
        l${v} = vmlal_s8(l${v}, vget_low_s8(w${g}), vget_low_s8(x${t}));
        h${v} = vmlal_high_s8(h${v}, w${g}, x${t});
$     end
$   end
    }
$   for t = 0, nt - 1 do for g = 0, vectors - 1 do local v = g .. "_" .. t
    {
        int32_t *to = y + ${t} * y_stride + ${4 * g};
        int32x4_t sum = vpaddq_s32(vpaddlq_s16(l${v}), vpaddlq_s16(h${v}));
        vst1q_s32(to, vaddq_s32(first ? vdupq_n_s32(-q8_sum(x + ${t} * x_stride)) : vld1q_s32(to), sum));
    }
$   end end
}
$ end

static void block(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int n, int first, int32_t *y,
    size_t y_stride)
{
    for (int t = 0; t < n; t += ${most}) {
        const int8_t *xt = x + (size_t)t * x_stride;
        int32_t *yt = y + (size_t)t * y_stride;
        switch (n - t) {
$ for nt = 1, most - 1 do
        case ${nt}: block_${nt}(panel, lines, xt, x_stride, first, yt, y_stride); break;
$ end
        default: block_${most}(panel, lines, xt, x_stride, first, yt, y_stride);
        }
    }
}
