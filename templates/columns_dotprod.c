/* Byte 16L + 4j + e of a column's 64-byte block holds row 256 * block + 64 * p + 16j + 4L + e in bits 2p+1..2p: interleaved, four
 * columns become vectors of 4 rows x 4 columns. Planes 1 and 2 are masked where they lie, so until the end y holds 4^p times
 * their sums; plane 3 is shifted down. */
static inline uint8x16_t interleave(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d, int part)
{
    uint16x8_t ab = vreinterpretq_u16_u8(vzipq_u8(a, b).val[part / 2]), cd = vreinterpretq_u16_u8(vzipq_u8(c, d).val[part / 2]);
    return vreinterpretq_u8_u16(vzipq_u16(ab, cd).val[part % 2]);
}

static inline void add_to(int32_t *y, int8x16_t a, int8x16_t xa, int8x16_t b, int8x16_t xb)
{
    vst1q_s32(y, vdotq_s32(vdotq_s32(vld1q_s32(y), a, xa), b, xb));
}

/* bits that the sums of row i's plane are shifted by */
static inline int shift_of(int i)
{
    return i / 64 % 4 % 3 * 2;
}

/* Eight columns at a time, while the next eight are on their way; behind the last there are columns times 0. */
LIST(${name}_columns)
{
    uint8x16_t m03 = make_mask(0x03), m0c = make_mask(0x0c), m30 = make_mask(0x30);
    int32_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += x[list[i]];
    for (int i = 0; i < ${rows_pad}; i++)
        y[i] = -sum * (1 << shift_of(i));
    for (int i = 0; i < count; i += 8) {
        const uint8_t *c[8], *next[8];
        int8_t v[8];
        for (int j = 0; j < 8; j++) {
            int k = list[i + j < count ? i + j : count - 1];
            v[j] = i + j < count ? x[k] : 0;
            c[j] = w + (size_t)k * ${rows_pad // 4};
            next[j] = w + (size_t)list[i + j + 8 < count ? i + j + 8 : count - 1] * ${rows_pad // 4};
        }
        int8x16_t xa = four(v), xb = four(v + 4);
        for (int at = 0; at < ${rows_pad // 4}; at += 64) {
$ for part = 0, 48, 16 do
            {
                int32_t *to = y + 4 * at + ${part // 4};
$   for j = 0, 7 do
                uint8x16_t c${j} = vld1q_u8(c[${j}] + at + ${part});
$   end
$   for j = 0, 3 do
                {
                    uint8x16_t a = interleave(c0, c1, c2, c3, ${j}), b = interleave(c4, c5, c6, c7, ${j});
                    uint8x16_t a3 = vshrq_n_u8(a, 6), b3 = vshrq_n_u8(b, 6);
                    add_to(to + ${16 * j}, masked(a, m03), xa, masked(b, m03), xb);
                    add_to(to + ${64 + 16 * j}, masked(a, m0c), xa, masked(b, m0c), xb);
                    add_to(to + ${128 + 16 * j}, masked(a, m30), xa, masked(b, m30), xb);
                    add_to(to + ${192 + 16 * j}, vreinterpretq_s8_u8(a3), xa, vreinterpretq_s8_u8(b3), xb);
                }
$   end
            }
$ end
$ for j = 0, 7 do
            __builtin_prefetch(next[${j}] + at);
$ end
        }
    }
    for (int i = 0; i < ${rows_pad}; i++)
        y[i] >>= shift_of(i);
}
