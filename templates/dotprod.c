/* ---- vectors of 4 int32, lane = row ---- */

static inline int8x16_t masked(uint8x16_t w, uint8x16_t mask)
{
    return vreinterpretq_s8_u8(vandq_u8(w, mask));
}

/* Stays in its register: clang 14 would make a constant anew for each use. */
static inline uint8x16_t make_mask(int byte)
{
    uint8x16_t mask = vdupq_n_u8((uint8_t)byte);
    OPAQUE("w", mask);
    return mask;
}

/* Keeps the steps of a block apart: gcc 12 would load for many of them at once and spill. */
static inline void end_vector(void)
{
    ORDER_MEMORY();
}

/* four activations, four times */
static inline int8x16_t four(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return vreinterpretq_s8_s32(vdupq_n_s32(v));
}
