$ local fold_steps = 32    -- between folds: 4 * 32 products of at most 2 * 127 = 254 stay below 2^15
/* One packed vector is 4 rows x 32 k: lane = row, byte j of the lane = the signs of k 4p + j in bit p. Even planes are masked to
 * bits, odd ones to 2 * bit, after a shift for each pair. |a| <= ${4 * fold_steps * 127}, |b| <= ${4 * fold_steps * 254} when
 * they are collected: acc32 gets 2a + b, twice the x whose bits are set. A weight is twice its bit, less 1.
 * l = rows 0, 1 of a vector, h = rows 2, 3. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32x4_t sum = vdupq_n_s32(q8_sum(x));
$ for g = 0, groups - 1 do
    int32x4_t accl${g} = vdupq_n_s32(0), acch${g} = accl${g};
    int16x8_t al${g} = vdupq_n_s16(0), ah${g} = al${g}, bl${g} = al${g}, bh${g} = al${g};
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do
$   for g = 0, groups - 1 do
        uint8x16_t w${g}_${s} = vld1q_u8(w + ${(s * groups + g) * 16});
$   end
$   for pair = 0, 3 do
        {
$     if pair % 2 == 0 then
            int8x16_t q = opaque(vld1q_s8(x + ${32 * s + 8 * pair}));
$     else
            int8x16_t q = opaque(vld1q_s8(x + ${32 * s + 8 * pair - 8}));
$     end
            int8x16_t x0 = PLANE(q, ${pair % 2 * 2}), x1 = PLANE(q, ${pair % 2 * 2 + 1});
$     for g = 0, groups - 1 do
            {
                uint8x16_t v = ${pair == 0 and ("w%d_%d"):format(g, s) or ("vshrq_n_u8(w%d_%d, %d)"):format(g, s, 2 * pair)};
                int8x16_t even = planes(v, 1), odd = planes(v, 2);
                al${g} = vmlal_s8(al${g}, vget_low_s8(even), vget_low_s8(x0));
                ah${g} = vmlal_high_s8(ah${g}, even, x0);
                bl${g} = vmlal_s8(bl${g}, vget_low_s8(odd), vget_low_s8(x1));
                bh${g} = vmlal_high_s8(bh${g}, odd, x1);
            }
            end_vector();
$     end
        }
$   end
$   if (s + 1) % fold_steps == 0 or s == unroll - 1 then
$     for g = 0, groups - 1 do
        accl${g} = vpadalq_s16(vpadalq_s16(accl${g}, vshlq_n_s16(al${g}, 1)), bl${g});
        acch${g} = vpadalq_s16(vpadalq_s16(acch${g}, vshlq_n_s16(ah${g}, 1)), bh${g});
        al${g} = ah${g} = bl${g} = bh${g} = vdupq_n_s16(0);
$     end
$   end
$ end
        w += ${step_bytes * unroll};
        x += ${32 * unroll};
    }
$ for g = 0, groups - 1 do
    vst1q_s32(y + ${4 * g}, vsubq_s32(vpaddq_s32(accl${g}, acch${g}), sum));
$ end
}
