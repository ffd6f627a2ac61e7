$ local most, vectors = batch.tokens, tile // 4
/* Panel lines are ${tile} rows x 4 k of codes. Four lines take sixteen activations of a token, one register: sdot takes the four
 * of line j from its lane j. A line adds at most 4 * 2 * 127 to an int32 lane. y holds the sums between chunks; the first begins
 * at -sum of x, for codes are weight + 1. */
$ for nt = 1, most do

/* ${tile} rows x ${nt} token${nt > 1 and "s" or ""} */
static void block_${nt}(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int first, int32_t *y, size_t y_stride)
{
$   for t = 0, nt - 1 do for v = 0, vectors - 1 do
    int32x4_t a${t}_${v} = vdupq_n_s32(0);
$   end end
    for (int i = 0; i < lines; i += 4, panel += ${16 * tile}) {
$   for t = 0, nt - 1 do
        int8x16_t x${t} = vld1q_s8(x + ${t} * x_stride + 4 * i);
$   end
$   for line = 0, 3 do for v = 0, vectors - 1 do
        {
            int8x16_t w = vreinterpretq_s8_u8(vld1q_u8(panel + ${4 * tile * line + 16 * v}));
$     for t = 0, nt - 1 do
            a${t}_${v} = vdotq_laneq_s32(a${t}_${v}, w, x${t}, ${line});
$     end
        }
$   end
        end_vector();
$   end
    }
$   for t = 0, nt - 1 do for v = 0, vectors - 1 do
    {
        int32_t *to = y + ${t} * y_stride + ${4 * v};
        int32x4_t before = first ? vdupq_n_s32(-q8_sum(x + ${t} * x_stride)) : vld1q_s32(to);
        vst1q_s32(to, vaddq_s32(before, a${t}_${v}));
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
