$ local planes, half = step_k // 32, step_k // 2
/* Part i of a step of ${step_k} k: bits 2p+1..2p of byte (row, j) are the code of k = ${half} * (i / 4) + 16 * p + 4 * (i % 4)
 * + j. The four activations of plane p lie in lane i % 4 of sixteen. |sum of plane 2| <= 16 * ${bound // planes + 254}. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    uint8x16x2_t table = vld1q_u8_x2(CODES);
    int32x4_t sum = vdupq_n_s32(q8_sum(x));
    uint8x16_t m03 = make_mask(0x03), m0c = make_mask(0x0c), m30 = make_mask(0x30);
$ for g = 0, groups - 1 do
    int32x4_t a${g} = vdupq_n_s32(0), b${g} = a${g}, c${g} = a${g};
$ end
$ local function write_step(s, indent) for i = 0, 7 do
$   if i % 4 == 0 then for p = 0, planes - 1 do
${indent}q${p} = vld1q_s8(x + ${step_k * s + half * (i // 4) + 16 * p});
$   end end
${indent}{
$   for g = 0, groups - 1 do
${indent}    uint8x16_t w${g} = codes_by(table, w + ${s * step_bytes + g * 20 * lanes}, ${i});
${indent}    a${g} = vdotq_laneq_s32(a${g}, masked(w${g}, m03), q0, ${i % 4});
${indent}    b${g} = vdotq_laneq_s32(b${g}, masked(w${g}, m0c), q1, ${i % 4});
${indent}    c${g} = vdotq_laneq_s32(c${g}, masked(w${g}, m30), q2, ${i % 4});
$     if planes == 4 then
${indent}    a${g} = vdotq_laneq_s32(a${g}, vreinterpretq_s8_u8(vshrq_n_u8(w${g}, 6)), q3, ${i % 4});
$     end
$   end
${indent}}
${indent}end_vector();
$ end end
    int8x16_t q0, q1, q2${planes == 4 and ", q3" or ""};
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do write_step(s, "        ") end
        w += ${step_bytes * unroll};
        x += ${step_k * unroll};
    }
$ for s = 0, steps % unroll - 1 do write_step(s, "    ") end
$ for g = 0, groups - 1 do
    a${g} = vsraq_n_s32(vsraq_n_s32(a${g}, b${g}, 2), c${g}, 4);
    vst1q_s32(y + ${4 * g}, vsubq_s32(a${g}, sum));
$ end
}
