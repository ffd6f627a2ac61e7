$ local fold = 32767 // (4 * 127 * code_max)      -- steps between folds: four times as many products stay below 2^15
/* One packed vector is 4 rows x 16 k: lane = row, byte j of the lane = k 4p + j in plane p (bits 2p+1..2p). Every plane becomes
 * codes, and all of them share their int16 sums: with sums of 4 * code beside them, as in 64-bit NEON, the sixteen registers
 * would hold two vectors of rows only (16.6 instead of 15.2 instructions per 64 weights). vmlal widens every product to
 * int16: |a| <= ${4 * fold * 127 * code_max} at a fold, |acc32| <= ${bound}. */

/* Four activations, twice, from lane 0 or 1 of eight. What they are is none of clang's business: it would spill. */
static inline int8x8_t plane_x(int32x2_t eight, int lane)
{
    int32x2_t x = lane ? vdup_lane_s32(eight, 1) : vdup_lane_s32(eight, 0);
    OPAQUE("w", x);
    return vreinterpret_s8_s32(x);
}

static inline int8x16_t codes(uint8x16_t w)
{
    return vreinterpretq_s8_u8(vandq_u8(w, vdupq_n_u8(3)));
}

/* Keeps the vectors of a block apart: gcc 12 would load many of them at once and spill. */
static inline void end_vector(void)
{
    ORDER_MEMORY();
}

/* l = rows 0, 1 of a vector, h = rows 2, 3 */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32x4_t sum = vdupq_n_s32(q8_sum(x));
$ for g = 0, groups - 1 do
    int32x4_t accl${g} = vdupq_n_s32(0), acch${g} = accl${g};
    int16x8_t l${g} = vdupq_n_s16(0), h${g} = l${g};
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do
        {
            int32x4_t q = vreinterpretq_s32_s8(vld1q_s8(x + ${16 * s}));
$   for p = 0, 3 do
            int8x8_t x${p} = plane_x(vget_${p < 2 and "low" or "high"}_s32(q), ${p % 2});
$   end
$   for g = 0, groups - 1 do
            uint8x16_t w${g} = vld1q_u8(w + ${(s * groups + g) * 16});
$     for p = 0, 3 do
$       local plane = p == 0 and "codes(w" .. g .. ")" or p == 3 and ("vreinterpretq_s8_u8(vshrq_n_u8(w%d, 6))"):format(g)
$         or ("codes(vshrq_n_u8(w%d, %d))"):format(g, 2 * p)
            int8x16_t p${g}_${p} = ${plane};
            l${g} = vmlal_s8(l${g}, vget_low_s8(p${g}_${p}), x${p});
            h${g} = vmlal_s8(h${g}, vget_high_s8(p${g}_${p}), x${p});
$     end
            end_vector();
$   end
        }
$   if (s + 1) % fold == 0 or s == unroll - 1 then
$     for g = 0, groups - 1 do
        accl${g} = vpadalq_s16(accl${g}, l${g});
        acch${g} = vpadalq_s16(acch${g}, h${g});
        l${g} = h${g} = vdupq_n_s16(0);
$     end
$   end
$ end
        w += ${16 * groups * unroll};
        x += ${16 * unroll};
    }
$ for g = 0, groups - 1 do
    vst1q_s32(y + ${4 * g}, vsubq_s32(vpaddq_s32(accl${g}, acch${g}), sum));
$ end
}
