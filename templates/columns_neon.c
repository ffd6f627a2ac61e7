/* Byte 16L + 4j + e of a column's 64-byte block holds row 256 * block + 64 * p + 16j + 4L + e in bits 2p+1..2p: interleaved, four
 * columns become vectors of 4 rows x 4 columns. A product is at most 2 * 127, the sum of a row's two 508 in int16. */
static inline void add_to(int32_t *y, int8x16_t codes, int8x16_t x)
{
    int16x8_t low = vmull_s8(vget_low_s8(codes), vget_low_s8(x)), high = vmull_high_s8(codes, x);
    vst1q_s32(y, vpadalq_s16(vld1q_s32(y), vpaddq_s16(low, high)));
}

static inline uint8x16_t zip(uint8x16_t a, uint8x16_t b, int high)
{
    return high ? vzip2q_u8(a, b) : vzip1q_u8(a, b);
}

static inline uint8x16_t zip_pairs(uint8x16_t a, uint8x16_t b, int high)
{
    uint16x8_t c = vreinterpretq_u16_u8(a), d = vreinterpretq_u16_u8(b);
    return vreinterpretq_u8_u16(high ? vzip2q_u16(c, d) : vzip1q_u16(c, d));
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
        for (int at = 0; at < ${rows_pad // 4}; at += 16) {
            int32_t *to = y + at / 64 * 256 + at % 64 / 4;
            uint8x16_t c0 = vld1q_u8(c[0] + at), c1 = vld1q_u8(c[1] + at), c2 = vld1q_u8(c[2] + at), c3 = vld1q_u8(c[3] + at);
$ for j = 0, 3 do
            {
                uint8x16_t u = zip_pairs(zip(c0, c1, ${j // 2}), zip(c2, c3, ${j // 2}), ${j % 2});
                add_to(to + ${16 * j}, planes(u, 3), x4);
                add_to(to + ${64 + 16 * j}, planes(vshrq_n_u8(u, 2), 3), x4);
                add_to(to + ${128 + 16 * j}, planes(vshrq_n_u8(u, 4), 3), x4);
                add_to(to + ${192 + 16 * j}, planes(vshrq_n_u8(u, 6), 3), x4);
            }
$ end
            for (int j = 0; j < 4 && at % 64 == 0; j++)
                __builtin_prefetch(next[j] + at);
        }
    }
}
