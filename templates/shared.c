/* ---- pieces that several ops share ---- */

static inline float f32_of_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* sum + the squares of x, in lanes, and y = x; y may be x. */
static inline struct lanes copy_squares(struct lanes sum, const float *x, int n, float *y)
{
    for (int k = 0; k < n; k += 16) {
        struct lanes v = lanes_load(x + k);
        sum = lanes_add(sum, lanes_mul(v, v));
        lanes_store(y + k, v);
    }
    return sum;
}

/* 1 / sqrt(mean(x^2) + eps) */
static inline float rms_factor(struct lanes squares, int n)
{
    return 1.0f / __builtin_sqrtf(lanes_sum(squares) / (float)n + f32_of_bits(${eps_bits}));
}

$ if gated then
/* x / (1 + exp(-z)). exp takes up to 88 */
static inline struct lanes gated(struct lanes x, struct lanes z)
{
    struct lanes e = lanes_exp(lanes_sub(lanes_set(0.0f), lanes_max(z, lanes_set(-88.0f))));
    return lanes_div(x, lanes_add(lanes_set(1.0f), e));
}

$ end
/* s = 127 / max(absmax, 1e-5) */
static inline float q8_scale(const float *x, int padded)
{
    struct lanes a = lanes_set(1e-5f), b = a, c = a, d = a; /* side by side: each waits for the one before */
    int k = 0;
    for (; k < padded - 48; k += 64) {
        a = lanes_max(a, lanes_abs(lanes_load(x + k)));
        b = lanes_max(b, lanes_abs(lanes_load(x + k + 16)));
        c = lanes_max(c, lanes_abs(lanes_load(x + k + 32)));
        d = lanes_max(d, lanes_abs(lanes_load(x + k + 48)));
    }
    for (; k < padded; k += 16)
        a = lanes_max(a, lanes_abs(lanes_load(x + k)));
    return 127.0f / lanes_maximum(lanes_max(lanes_max(a, b), lanes_max(c, d)));
}

/* q = round-half-even(x * s): the magic number, 1.5 * 2^23, rounds x * s to an integer. Its magnitude is at most 127: two
 * roundings make at most 127 * (1 + 2^-23) of the largest. Every 64 values lie `line` bytes behind the 64 before, and as far
 * before the first ones lies the header. */
static inline void quantise(const float *x, int padded, int row_bytes, int8_t *q, size_t line)
{
    struct q8_header *header = (void *)(q - line);
    struct lanes s = lanes_set(header->scale = q8_scale(x, padded)), magic = lanes_set(12582912.0f);
    vi sums = {0};
    int k = 0;
    int8_t *to = q;
    for (; k < padded - 48; k += 64, to += line)
        for (int i = 0; i < 64; i += 16)
            lanes_int8(lanes_add(lanes_mul(lanes_load(x + k + i), s), magic), to + i, &sums);
    for (; k < padded; k += 16)
        lanes_int8(lanes_add(lanes_mul(lanes_load(x + k), s), magic), to + k % 64, &sums);
    for (; k < row_bytes; k += 16)
        memset(q + (size_t)k / 64 * line + k % 64, 0, 16);
    header->sum = 0;
    for (int i = 0; i < ${vec_bytes // 4}; i++)
        header->sum += sums[i];
}

/* y holds int32 sums and becomes (f32)sum / s * w_scale; rows are whole sixteens. */
static inline void scale_sums(float *y, struct range rows, float s, const float *w_scale)
{
    struct lanes divisor = lanes_set(s), factor = lanes_set(*w_scale);
    for (int i = rows.from; i < rows.to; i += 16)
        lanes_store(y + i, lanes_mul(lanes_div(lanes_from_int(y + i), divisor), factor));
}
$ if by_row then

/* The same with a scale for each row, w_scale[0] for row 0. */
static inline void scale_rows(float *y, struct range rows, float s, const float *w_scale)
{
    struct lanes divisor = lanes_set(s);
    for (int i = rows.from; i < rows.to; i += 16)
        lanes_store(y + i, lanes_mul(lanes_div(lanes_from_int(y + i), divisor), lanes_load(w_scale + i)));
}
$ end
