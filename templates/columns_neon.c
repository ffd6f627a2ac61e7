/* Byte 16L + 4j + e of a column's 64-byte block holds row 256 * block + 64 * p + 16j + 4L + e in bits 2p+1..2p: interleaved, four
 * columns become vectors of 4 rows x 4 columns. A product is at most 2 * 127, the sum of a row's two 508 in int16. */
static inline void add_to(int32_t *y, int8x16_t codes, int8x16_t x)
{
    int16x8_t low = vmull_s8(vget_low_s8(codes), vget_low_s8(x)), high = vmull_high_s8(codes, x);
    vst1q_s32(y, vpadalq_s16(vld1q_s32(y), vpaddq_s16(low, high)));
}

static inline uint8x16_t interleave(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d, int part)
{
    uint16x8_t ab = vreinterpretq_u16_u8(vzipq_u8(a, b).val[part / 2]), cd = vreinterpretq_u16_u8(vzipq_u8(c, d).val[part / 2]);
    return vreinterpretq_u8_u16(vzipq_u16(ab, cd).val[part % 2]);
}

/* Four columns at a time, while the next four are on their way; behind the last there are columns times 0. */
LIST(${name}_columns)
{
    int32_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += x[list[i]];
    for (int i = 0; i < ${rows_pad}; i++)
        y[i] = -sum;
    for (int i = 0; i < count; i += 4) {
        const uint8_t *c[4], *next[4];
        int8_t v[4];
        for (int j = 0; j < 4; j++) {
            int k = list[i + j < count ? i + j : count - 1];
            v[j] = i + j < count ? x[k] : 0;
            c[j] = w + (size_t)k * ${rows_pad // 4};
            next[j] = w + (size_t)list[i + j + 4 < count ? i + j + 4 : count - 1] * ${rows_pad // 4};
        }
        int8x16_t x4 = four(v);
        for (int at = 0; at < ${rows_pad // 4}; at += 64) {
$ for part = 0, 48, 16 do
            {
                int32_t *to = y + 4 * at + ${part // 4};
$   for j = 0, 3 do
                uint8x16_t c${j} = vld1q_u8(c[${j}] + at + ${part});
$   end
$   for j = 0, 3 do
                {
                    uint8x16_t u = interleave(c0, c1, c2, c3, ${j});
                    add_to(to + ${16 * j}, planes(u, 3), x4);
                    add_to(to + ${64 + 16 * j}, planes(vshrq_n_u8(u, 2), 3), x4);
                    add_to(to + ${128 + 16 * j}, planes(vshrq_n_u8(u, 4), 3), x4);
                    add_to(to + ${192 + 16 * j}, vreinterpretq_s8_u8(vshrq_n_u8(u, 6)), x4);
                }
$   end
            }
$ end
$ for j = 0, 3 do
            __builtin_prefetch(next[${j}] + at);
$ end
        }
    }
}
