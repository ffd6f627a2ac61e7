$ local most, pairs = batch.tokens, tile // 2
/* smmla multiplies 2 rows x 8 k by 8 k x 2 tokens. Panel lines are ${tile} rows x 4 k of codes; `pair_lines` makes two of them,
 * in place, ${pairs} vectors of 2 rows x 8 k, once for all tokens. Two lines add at most 8 * 2 * 127 to an int32 lane. y holds
 * the sums between chunks; the first begins at -sum of x, for codes are weight + 1. */
static void pair_lines(uint8_t *panel, int lines)
{
    for (int i = 0; i < lines; i += 2, panel += ${8 * tile}) {
$ for v = 0, tile // 4 - 1 do
        uint32x4_t a${v} = vreinterpretq_u32_u8(vld1q_u8(panel + ${16 * v}));
        uint32x4_t b${v} = vreinterpretq_u32_u8(vld1q_u8(panel + ${4 * tile + 16 * v}));
$ end
$ for v = 0, tile // 4 - 1 do
        vst1q_u8(panel + ${32 * v}, vreinterpretq_u8_u32(vzip1q_u32(a${v}, b${v})));
        vst1q_u8(panel + ${32 * v + 16}, vreinterpretq_u8_u32(vzip2q_u32(a${v}, b${v})));
$ end
    }
}
$ for nt = 1, most do local last = (nt - 1) // 2

/* ${tile} rows x ${nt} token${nt > 1 and "s" or ""}; of an odd number the last is multiplied twice */
static void block_${nt}(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int first, int32_t *y, size_t y_stride)
{
$   for u = 0, last do for r = 0, pairs - 1 do
    int32x4_t a${u}_${r} = vdupq_n_s32(0);
$   end end
    for (int i = 0; i < lines; i += 2, panel += ${8 * tile}) {
$   for u = 0, last do
        int8x16_t x${u} = vcombine_s8(vld1_s8(x + ${2 * u} * x_stride + 4 * i),
            vld1_s8(x + ${math.min(2 * u + 1, nt - 1)} * x_stride + 4 * i));
$   end
$   for r = 0, pairs - 1 do
        {
            int8x16_t w = vreinterpretq_s8_u8(vld1q_u8(panel + ${16 * r}));
$     for u = 0, last do
            a${u}_${r} = vmmlaq_s32(a${u}_${r}, w, x${u});
$     end
        }
$     if r % 2 == 1 then
        end_vector();
$     end
$   end
    }
$   for t = 0, nt - 1 do for v = 0, tile // 4 - 1 do local u = t // 2
    {
        int32_t *to = y + ${t} * y_stride + ${4 * v};
        int32x4_t before = first ? vdupq_n_s32(-q8_sum(x + ${t} * x_stride)) : vld1q_s32(to);
        vst1q_s32(to, vaddq_s32(before, vuzp${t % 2 + 1}q_s32(a${u}_${2 * v}, a${u}_${2 * v + 1})));
    }
$   end end
}
$ end

static void block(uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int n, int first, int32_t *y, size_t y_stride)
{
    pair_lines(panel, lines);
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
