/* One packed vector is 4 rows x 16 k: lane = row, byte j of the lane = k 4p + j in plane p (bits 2p+1..2p). A step's sixteen
 * activations are one register, and sdot takes the four of plane p from its lane p. Planes 1 and 2 are masked where they lie and
 * have sums of their own, multiples of 4 and 16: one shift at the end, none before. Plane 3 is shifted down, which costs what a
 * mask would and keeps its codes positive in int8; planes 0 and 3 share sums. |sum of plane 2| <= 16 * ${bound // 4}. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32x4_t sum = vdupq_n_s32(q8_sum(x));
    uint8x16_t m03 = make_mask(0x03), m0c = make_mask(0x0c), m30 = make_mask(0x30);
$ for g = 0, groups - 1 do
    int32x4_t a${g} = vdupq_n_s32(0), b${g} = a${g}, c${g} = a${g};
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do
        {
            int8x16_t q = vld1q_s8(x + ${16 * s});
$   for g = 0, groups - 1 do
            uint8x16_t w${g} = vld1q_u8(w + ${(s * groups + g) * 16});
            a${g} = vdotq_laneq_s32(a${g}, masked(w${g}, m03), q, 0);
            b${g} = vdotq_laneq_s32(b${g}, masked(w${g}, m0c), q, 1);
            c${g} = vdotq_laneq_s32(c${g}, masked(w${g}, m30), q, 2);
            a${g} = vdotq_laneq_s32(a${g}, vreinterpretq_s8_u8(vshrq_n_u8(w${g}, 6)), q, 3);
$   end
        }
        end_vector();
$ end
        w += ${16 * groups * unroll};
        x += ${16 * unroll};
    }
$ for g = 0, groups - 1 do
    a${g} = vsraq_n_s32(vsraq_n_s32(a${g}, b${g}, 2), c${g}, 4);
    vst1q_s32(y + ${4 * g}, vsubq_s32(a${g}, sum));
$ end
}
