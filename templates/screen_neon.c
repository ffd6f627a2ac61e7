$ local rows = 16      -- at once: 16 accumulators, 8 products, and what they are made of
${banner}
#include <arm_neon.h>

#include "kernel.h"

/* four limbs, twice */
static inline int8x8_t four(const uint8_t *limbs)
{
    int32_t v;
    memcpy(&v, limbs, sizeof v);
    return vreinterpret_s8_s32(vdup_n_s32(v));
}

static inline void put(uint32_t *sums, int32x4_t high, int32x4_t low)
{
    vst1q_u32(sums, vreinterpretq_u32_s32(vaddq_s32(vshlq_n_s32(high, 7), low)));
}

/* ${rows} of the group's 64 rows, 4 to a vector, 4 k of each. Two products of limb * q stay within 2 * 127 * 127 = 32258 < 2^15:
 * so many are added before pairs are widened. a = rows 0, 1 of a vector, b = rows 2, 3; sums are mod 2^32. */
static void rows_${rows}(const int8_t *group, const uint8_t *high, const uint8_t *low, uint32_t *sums)
{
$ for v = 0, rows // 4 - 1 do
    int32x4_t ha${v} = vdupq_n_s32(0), hb${v} = ha${v}, la${v} = ha${v}, lb${v} = ha${v};
$ end
    for (int k = 0; k < ${k_pad}; k += 8, group += 512) {
        int8x8_t h0 = four(high + k), h1 = four(high + k + 4), l0 = four(low + k), l1 = four(low + k + 4);
$ for v = 0, rows // 4 - 1 do
        {
            int8x16_t q0 = vld1q_s8(group + ${16 * v}), q1 = vld1q_s8(group + ${256 + 16 * v});
            int8x8_t a0 = vget_low_s8(q0), b0 = vget_high_s8(q0), a1 = vget_low_s8(q1), b1 = vget_high_s8(q1);
            ha${v} = vpadalq_s16(ha${v}, vmlal_s8(vmull_s8(a0, h0), a1, h1));
            hb${v} = vpadalq_s16(hb${v}, vmlal_s8(vmull_s8(b0, h0), b1, h1));
            la${v} = vpadalq_s16(la${v}, vmlal_s8(vmull_s8(a0, l0), a1, l1));
            lb${v} = vpadalq_s16(lb${v}, vmlal_s8(vmull_s8(b0, l0), b1, l1));
        }
$ end
    }
$ for v = 0, rows // 4 - 1 do
    put(sums + ${4 * v}, vpaddq_s32(ha${v}, hb${v}), vpaddq_s32(la${v}, lb${v}));
$ end
}

SCREEN(${name})
{
    for (int i = 0; i < 64; i += ${rows})
        rows_${rows}(group + 4 * i, high, low, sums + i);
}
