/* Byte b of a row's 64-byte block holds k = 256 * block + 64 * p + b in bits 2p+1..2p. Masks, shift and sums are those of
 * a tile's planes in t2: |sum of plane 2| <= 16 * ${bound // 4}. */

/* Four rows at a time share the loads of x, while the next four are on their way. The last four may repeat a row. */
LIST(${name}_rows)
{
    const int32_t sum = q8_sum(x);
    uint8x16_t m03 = make_mask(0x03), m0c = make_mask(0x0c), m30 = make_mask(0x30);
    for (int i = 0; i < count; i += 4) {
$ for r = 0, 3 do
        int row${r} = list[i + ${r} < count ? i + ${r} : count - 1];
        const uint8_t *w${r} = w + (size_t)row${r} * ${k_pad // 4};
        const uint8_t *next${r} = w + (size_t)list[i + ${r + 4} < count ? i + ${r + 4} : count - 1] * ${k_pad // 4};
        int32x4_t a${r} = vdupq_n_s32(0), b${r} = a${r}, c${r} = a${r};
$ end
        for (int at = 0; at < ${k_pad // 4}; at += 64) {
$ for part = 0, 48, 16 do
            {
$   for p = 0, 3 do
                int8x16_t x${p} = vld1q_s8(x + 4 * at + ${64 * p + part});
$   end
$   for r = 0, 3 do
                uint8x16_t u${r} = vld1q_u8(w${r} + at + ${part});
                a${r} = vdotq_s32(a${r}, masked(u${r}, m03), x0);
                b${r} = vdotq_s32(b${r}, masked(u${r}, m0c), x1);
                c${r} = vdotq_s32(c${r}, masked(u${r}, m30), x2);
                a${r} = vdotq_s32(a${r}, vreinterpretq_s8_u8(vshrq_n_u8(u${r}, 6)), x3);
$   end
            }
            end_vector();
$ end
$ for r = 0, 3 do
            __builtin_prefetch(next${r} + at);
$ end
        }
$ for r = 0, 3 do
        y[row${r}] = vaddvq_s32(vsraq_n_s32(vsraq_n_s32(a${r}, b${r}, 2), c${r}, 4)) - sum;
$ end
    }
}
