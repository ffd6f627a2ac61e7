/* One packed vector is 4 rows x 32 k: lane = row, byte j of the lane = the signs of k 4p + j in bit p. Planes p and p + 4 share a
 * mask and sums of 2^(p mod 4) * bit * x: one shift for four planes, and one at the end. Sixteen activations are one register,
 * and sdot takes the four of a plane from its lane. A weight is twice its bit, less 1.
 * |sum of planes 3 and 7| <= 8 * 127 * ${k_pad} / 4. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32x4_t sum = vdupq_n_s32(q8_sum(x));
    uint8x16_t m0 = make_mask(1), m1 = make_mask(2), m2 = make_mask(4), m3 = make_mask(8);
$ for g = 0, groups - 1 do
    int32x4_t a${g} = vdupq_n_s32(0), b${g} = a${g}, c${g} = a${g}, d${g} = a${g};
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do
        {
            int8x16_t q0 = vld1q_s8(x + ${32 * s}), q1 = vld1q_s8(x + ${32 * s + 16});
$   for g = 0, groups - 1 do
            uint8x16_t w${g} = vld1q_u8(w + ${(s * groups + g) * 16});
$   end
$   for p = 0, 7 do local acc = ("abcd"):sub(p % 4 + 1, p % 4 + 1)
$     for g = 0, groups - 1 do
$       if p == 4 then
            w${g} = vshrq_n_u8(w${g}, 4);
$       end
            ${acc}${g} = vdotq_laneq_s32(${acc}${g}, masked(w${g}, m${p % 4}), q${p // 4}, ${p % 4});
$     end
$   end
        }
        end_vector();
$ end
        w += ${step_bytes * unroll};
        x += ${32 * unroll};
    }
$ for g = 0, groups - 1 do
    a${g} = vaddq_s32(vaddq_s32(a${g}, a${g}), vsraq_n_s32(vsraq_n_s32(b${g}, c${g}, 1), d${g}, 2));
    vst1q_s32(y + ${4 * g}, vsubq_s32(a${g}, sum));
$ end
}
