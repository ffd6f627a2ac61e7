/* ---- vectors of 4 int32 ---- */

/* acc32 + 4a + b: sums of codes times x in int16, and of 4 * code times x */
static inline int32x4_t fold(int32x4_t acc32, int16x8_t a, int16x8_t b)
{
    return vpadalq_s16(vpadalq_s16(acc32, vshlq_n_s16(a, 2)), b);
}

/* four activations, four times */
static inline int8x16_t four(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return vreinterpretq_s8_s32(vdupq_n_s32(v));
}

/* What compilers must take as it is. Of activations that lie in memory gcc 12 would load each four by a register of the integer
 * unit, from where the way to a vector is long; clang 14, which sees that both halves are the same, would not use smlal2. */
static inline int8x16_t opaque(int8x16_t v)
{
    OPAQUE("w", v);
    return v;
}

/* lane p of sixteen activations, the four of plane p, four times */
#define PLANE(q, p) opaque(vreinterpretq_s8_s32(vdupq_laneq_s32(vreinterpretq_s32_s8(q), p)))

static inline int8x16_t planes(uint8x16_t w, int mask)
{
    return vreinterpretq_s8_u8(vandq_u8(w, vdupq_n_u8((uint8_t)mask)));
}

/* Keeps the vectors of a block apart: gcc 12 would load many of them at once and spill. */
static inline void end_vector(void)
{
    ORDER_MEMORY();
}
