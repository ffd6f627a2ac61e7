/* ---- pieces that several ops share ---- */

/* 1 / sqrt(mean(x^2) + eps) */
static inline float rms_factor(const float *x, int n, int padded)
{
    struct lanes sum = lanes_set(0.0f);
    float eps;
    uint32_t bits = ${eps_bits};
    memcpy(&eps, &bits, sizeof eps);
    for (int k = 0; k < padded; k += 16) {
        struct lanes v = lanes_load(x + k);
        sum = lanes_add(sum, lanes_mul(v, v));
    }
    return 1.0f / __builtin_sqrtf(lanes_sum(sum) / (float)n + eps);
}

/* q = round-half-even(x * s), s = 127 / max(absmax, 1e-5): the magic number rounds |x * s| <= 127 to an integer. */
static inline void quantise(const float *x, int padded, int row_bytes, int8_t *q)
{
    const float magic = 12582912.0f;
    struct lanes top = lanes_set(1e-5f), s;
    struct q8_header *header = q8_header(q);
    int32_t sum = 0;
    for (int k = 0; k < padded; k += 16)
        top = lanes_max(top, lanes_abs(lanes_load(x + k)));
    header->scale = 127.0f / lanes_maximum(top);
    s = lanes_set(header->scale);
    for (int k = 0; k < padded; k += 16) {
        uint32_t bits[16];
        float rounded[16];
        lanes_store(rounded, lanes_add(lanes_mul(lanes_load(x + k), s), lanes_set(magic)));
        memcpy(bits, rounded, sizeof bits);
        for (int i = 0; i < 16; i++) {
            int32_t v = (int32_t)(bits[i] - 0x4b400000u);    /* the bits of the magic number */
            q[k + i] = (int8_t)(v > 127 ? 127 : v < -127 ? -127 : v);
            sum += q[k + i];
        }
    }
    memset(q + padded, 0, (size_t)(row_bytes - padded));
    header->sum = sum;
}

/* y holds int32 sums and becomes (f32)sum / s * w_scale; rows are whole sixteens. */
static inline void scale_sums(float *y, struct range rows, float s, float w_scale)
{
    struct lanes divisor = lanes_set(s), factor = lanes_set(w_scale);
    for (int i = rows.from; i < rows.to; i += 16) {
        int32_t sums[16];
        float f[16];
        memcpy(sums, y + i, sizeof sums);
        for (int j = 0; j < 16; j++)
            f[j] = (float)sums[j];
        lanes_store(y + i, lanes_mul(lanes_div(lanes_load(f), divisor), factor));
    }
}
