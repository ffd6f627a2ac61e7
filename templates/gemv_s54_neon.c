/* Part i of a step of 128 k: byte (row, j) has the codes of k = 64 * (i / 4) + 16 * p + 4 * (i % 4) + j in bits 2p+1..2p.
 * As in t2, planes 0 and 2 are masked to codes (x1), planes 1 and 3 to 4 * code (x4), and fold collects both in acc32. A step
 * adds to each 16 times: |a| <= ${16 * 254}, |b| <= ${16 * 1016}. Two vectors at a time share activations, of which the four of
 * plane p lie in lane i % 4 of sixteen; l = rows 0, 1 of a vector, h = rows 2, 3. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    uint8x16x2_t table = vld1q_u8_x2(CODES);
    int32x4_t sum = vdupq_n_s32(q8_sum(x));
$ for g = 0, groups - 1 do
    int32x4_t accl${g} = vdupq_n_s32(0), acch${g} = accl${g};
$ end
$ local function write_part(s, first, i)
            {
$   for p = 0, 3 do
                int8x16_t x${p} = PLANE(q${p}, ${i % 4});
$   end
$   for g = first, first + 1 do
                uint8x16_t w${g} = codes_by(table, w + ${s * step_bytes + g * 20 * lanes}, ${i}), h${g} = vshrq_n_u8(w${g}, 4);
$     for p = 0, 3 do local acc, from = p % 2 == 0 and "a" or "b", p < 2 and "w" or "h"
                int8x16_t p${g}_${p} = planes(${from}${g}, ${p % 2 == 0 and 3 or 12});
                ${acc}l${g} = vmlal_s8(${acc}l${g}, vget_low_s8(p${g}_${p}), vget_low_s8(x${p}));
                ${acc}h${g} = vmlal_high_s8(${acc}h${g}, p${g}_${p}, x${p});
$     end
                end_vector();
$   end
            }
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do for first = 0, groups - 1, 2 do
        {
$   for g = first, first + 1 do
            int16x8_t al${g} = vdupq_n_s16(0), ah${g} = al${g}, bl${g} = al${g}, bh${g} = al${g};
$   end
            int8x16_t q0, q1, q2, q3;
$   for i = 0, 7 do
$     if i % 4 == 0 then for p = 0, 3 do
            q${p} = opaque(vld1q_s8(x + ${128 * s + 16 * i + 16 * p}));
$     end end
$     write_part(s, first, i)
$   end
$   for g = first, first + 1 do
            accl${g} = fold(accl${g}, al${g}, bl${g});
            acch${g} = fold(acch${g}, ah${g}, bh${g});
$   end
        }
$ end end
        w += ${step_bytes * unroll};
        x += ${128 * unroll};
    }
$ for g = 0, groups - 1 do
    vst1q_s32(y + ${4 * g}, vsubq_s32(vshrq_n_s32(vpaddq_s32(accl${g}, acch${g}), 2), sum));
$ end
}
