$ local fold = 32767 // (2 * 4 * 127 * code_max)      -- steps between folds: twice as many products of 4 * code stay below 2^15
/* One packed vector is 4 rows x 16 k: lane = row, byte j of the lane = k 4p + j in plane p (bits 2p+1..2p).
 * Planes 0 and 2 are masked to codes (x1), planes 1 and 3 to 4 * code (x4). smlal widens every product to int16:
 * |a| <= ${2 * fold * 127 * code_max}, |b| <= ${2 * fold * 4 * 127 * code_max} at a fold; acc32 collects
 * 4a + b in pairs, |acc32| <= ${4 * bound}.
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
        {
            int8x16_t q = opaque(vld1q_s8(x + ${16 * s}));
$   for p = 0, 3 do
            int8x16_t x${p} = PLANE(q, ${p});
$   end
$   for g = 0, groups - 1 do
            uint8x16_t w${g} = vld1q_u8(w + ${(s * groups + g) * 16}), h${g} = vshrq_n_u8(w${g}, 4);
$     for p = 0, 3 do local acc, from = p % 2 == 0 and "a" or "b", p < 2 and "w" or "h"
            int8x16_t p${g}_${p} = planes(${from}${g}, ${p % 2 == 0 and 3 or 12});
            ${acc}l${g} = vmlal_s8(${acc}l${g}, vget_low_s8(p${g}_${p}), vget_low_s8(x${p}));
            ${acc}h${g} = vmlal_high_s8(${acc}h${g}, p${g}_${p}, x${p});
$     end
            end_vector();
$   end
        }
$   if (s + 1) % fold == 0 or s == unroll - 1 then
$     for g = 0, groups - 1 do
        accl${g} = fold(accl${g}, al${g}, bl${g});
        acch${g} = fold(acch${g}, ah${g}, bh${g});
        al${g} = ah${g} = bl${g} = bh${g} = vdupq_n_s16(0);
$     end
$   end
$ end
        w += ${16 * groups * unroll};
        x += ${16 * unroll};
    }
$ for g = 0, groups - 1 do
    vst1q_s32(y + ${4 * g}, vsubq_s32(vshrq_n_s32(vpaddq_s32(accl${g}, acch${g}), 2), sum));
$ end
}
