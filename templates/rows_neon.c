$ local most = 4       -- blocks between folds: 4 * 8 products of at most 8 * 127 = 1016 stay below 2^15
/* Byte b of a row's 64-byte block holds k = 256 * block + 64 * p + b in bits 2p+1..2p. Planes 0 and 2 are masked to codes,
 * planes 1 and 3 to 4 * code, each kind with its int16 sums: |a| <= ${8 * most * 254}, |b| <= ${8 * most * 1016} at a fold. The
 * halves of a vector have sums of their own. */
static inline int16x8_t add_low(int16x8_t sums, int8x16_t codes, int8x16_t x)
{
    return vmlal_s8(sums, vget_low_s8(codes), vget_low_s8(x));
}

/* Two rows at a time share the loads of x, while those four further on are on their way. The last may repeat a row. */
LIST(${name}_rows)
{
    const int32_t sum = q8_sum(x);
    for (int i = 0; i < count; i += 2) {
$ for r = 0, 1 do
        int row${r} = list[i + ${r} < count ? i + ${r} : count - 1];
        const uint8_t *w${r} = w + (size_t)row${r} * ${k_pad // 4};
        const uint8_t *next${r} = w + (size_t)list[i + ${r + 4} < count ? i + ${r + 4} : count - 1] * ${k_pad // 4};
        int32x4_t acc${r} = vdupq_n_s32(0);
$ end
        for (int block = 0; block < ${steps}; block += ${most}) {
            int stop = block + ${most} < ${steps} ? block + ${most} : ${steps};
$ for r = 0, 1 do
            int16x8_t a${r} = vdupq_n_s16(0), b${r} = a${r}, e${r} = a${r}, f${r} = a${r};
$ end
            for (int at = 64 * block; at < 64 * stop; at += 16) {
                const int8_t *v = x + at / 64 * 256 + at % 64;
$ for r = 0, 1 do
                uint8x16_t u${r} = vld1q_u8(w${r} + at), h${r} = vshrq_n_u8(u${r}, 4);
                if (at % 64 == 0)
                    __builtin_prefetch(next${r} + at);
$ end
$ for p = 0, 3 do
                int8x16_t x${p} = vld1q_s8(v + ${64 * p});
$   for r = 0, 1 do local code = ("planes(%s%d, %d)"):format(p < 2 and "u" or "h", r, p % 2 == 0 and 3 or 12)
$     local low, high = (p % 2 == 0 and "a" or "b") .. r, (p % 2 == 0 and "e" or "f") .. r
                ${low} = add_low(${low}, ${code}, x${p});
                ${high} = vmlal_high_s8(${high}, ${code}, x${p});
$   end
$ end
            }
$ for r = 0, 1 do
            acc${r} = fold(fold(acc${r}, a${r}, b${r}), e${r}, f${r});
$ end
        }
$ for r = 0, 1 do
        y[row${r}] = (vaddvq_s32(acc${r}) >> 2) - sum;
$ end
    }
}
