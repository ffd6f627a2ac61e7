/* ---- what the 64-bit NEON kernels use and the 32-bit instruction set lacks ---- */

static inline int16x8_t vmlal_high_s8(int16x8_t sums, int8x16_t a, int8x16_t b)
{
    return vmlal_s8(sums, vget_high_s8(a), vget_high_s8(b));
}

static inline int32x4_t vpaddq_s32(int32x4_t a, int32x4_t b)
{
    return vcombine_s32(vpadd_s32(vget_low_s32(a), vget_high_s32(a)), vpadd_s32(vget_low_s32(b), vget_high_s32(b)));
}

/* four activations, four times */
static inline int8x16_t four(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return vreinterpretq_s8_s32(vdupq_n_s32(v));
}
