/* ---- what the 64-bit NEON kernels use and the 32-bit instruction set lacks ---- */

static inline int16x8_t vmlal_high_s8(int16x8_t sums, int8x16_t a, int8x16_t b)
{
    return vmlal_s8(sums, vget_high_s8(a), vget_high_s8(b));
}

static inline int32x4_t vpaddq_s32(int32x4_t a, int32x4_t b)
{
    return vcombine_s32(vpadd_s32(vget_low_s32(a), vget_high_s32(a)), vpadd_s32(vget_low_s32(b), vget_high_s32(b)));
}

static inline int16x8_t vmull_high_s8(int8x16_t a, int8x16_t b)
{
    return vmull_s8(vget_high_s8(a), vget_high_s8(b));
}

static inline int16x8_t vpaddq_s16(int16x8_t a, int16x8_t b)
{
    return vcombine_s16(vpadd_s16(vget_low_s16(a), vget_high_s16(a)), vpadd_s16(vget_low_s16(b), vget_high_s16(b)));
}

static inline int32_t vaddvq_s32(int32x4_t a)
{
    int32x2_t half = vadd_s32(vget_low_s32(a), vget_high_s32(a));
    return vget_lane_s32(vpadd_s32(half, half), 0);
}

/* acc32 + 4a + b: sums of codes times x in int16, and of 4 * code times x */
static inline int32x4_t fold(int32x4_t acc32, int16x8_t a, int16x8_t b)
{
    return vpadalq_s16(vpadalq_s16(acc32, vshlq_n_s16(a, 2)), b);
}

static inline int8x16_t planes(uint8x16_t w, int mask)
{
    return vreinterpretq_s8_u8(vandq_u8(w, vdupq_n_u8((uint8_t)mask)));
}

/* four activations, four times */
static inline int8x16_t four(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return vreinterpretq_s8_s32(vdupq_n_s32(v));
}
