/* screen: bounds of logits[${rows}] from the int8 screen of ${name}, ${k} wide. Reads ${bytes} bytes.
 * Row j is w = s*q + e, the hidden state h = t*g + r with |g| <= ${h_max}, and the scan gives sum = q . g exactly. The logit, as
 * op_head rounds it, is within |e|*per_error + |w|*per_size + 2^-100 of s*t*sum: docs/NUMERICS.md 8 says why. */
struct screened {
    float t, per_error, per_size;
};

/* high and low [${k_pad}]: g + 8192 in limbs of 7 bits. Returns 0 where the bounds would not hold: h is not finite or too small,
 * or a logit could overflow. */
static int ${func}_split(const float *y, float n_max, uint8_t *high, uint8_t *low, struct screened *h)
{
    const double gamma = ${roundings} * 0x1p-24 / (1 - ${roundings} * 0x1p-24); /* 1 + K/16 + 4 roundings */
    const float magic = 12582912.0f;
    struct lanes top = lanes_set(0.0f);
    double square = 0, rest = 0;
    for (int k = 0; k < ${k_lanes}; k += 16)
        top = lanes_max(top, lanes_abs(lanes_load(y + k)));
    for (int k = 0; k < ${k}; k++)
        square += (double)y[k] * y[k];
    double size = __builtin_sqrt(square) * (1 + 0x1p-30), slack = 1 + 0x1p-18;
    float peak = lanes_maximum(top);
    if (!(peak >= 0x1p-60f && n_max * size <= 0x1p120)) /* also where a NaN is */
        return 0;
    h->t = peak / ${h_max}.0f;
    float inverse = ${h_max}.0f / peak;
    for (int k = 0; k < ${k}; k++) {
        float rounded = y[k] * inverse + magic; /* 1.5 * 2^23: the lower bits are the rounded integer */
        uint32_t bits;
        memcpy(&bits, &rounded, sizeof bits);
        int g = (int)(bits - 0x4b400000u), limbs = g + 8192;
        double r = y[k] - (double)h->t * g;
        rest += r * r;
        high[k] = (uint8_t)(limbs >> 7);
        low[k] = (uint8_t)(limbs & 127);
    }
$ if k_pad > k then
    memset(high + ${k}, 0, ${k_pad - k});
    memset(low + ${k}, 0, ${k_pad - k});
$ end
    rest = __builtin_sqrt(rest) * (1 + 0x1p-30);
    h->per_error = (float)(size * slack);
    h->per_size = (float)((rest + gamma * size + 0x1p-21 * (size + rest)) * slack);
    return 1;
}

/* tail: s, e, n (f32) and the sums of q (i32) of 64 rows; scanned: their sums with the offset of the limbs still in */
static void ${func}_bounds(const uint8_t *tail, const uint32_t *scanned, const struct screened *h, float *lower, float *upper)
{
    const float *s = (const float *)(const void *)tail, *e = s + 64, *n = s + 128;
    const uint32_t *q = (const uint32_t *)(const void *)(tail + 768);
    for (int i = 0; i < 64; i += 16) {
        float sums[16];
        for (int j = 0; j < 16; j++)
            sums[j] = (float)(int32_t)(scanned[i + j] - 8192u * q[i + j]);
        struct lanes z = lanes_mul(lanes_mul(lanes_load(s + i), lanes_set(h->t)), lanes_load(sums));
        struct lanes bound = lanes_add(lanes_mul(lanes_load(e + i), lanes_set(h->per_error)),
            lanes_mul(lanes_load(n + i), lanes_set(h->per_size)));
        bound = lanes_add(bound, lanes_set(0x1p-100f));
        lanes_store(lower + i, lanes_sub(z, bound));
        lanes_store(upper + i, lanes_add(z, bound));
    }
}

/* Groups from..to of 64 rows. Returns 0, with nothing written, where the screen cannot decide. */
static int ${func}(const struct work *w, size_t in, size_t screen, int from, int to)
{
    const uint8_t *group = w->image + screen + 64 + (size_t)from * ${group_bytes};
    float *lower = (float *)(void *)(w->arena + ${lower}), *upper = (float *)(void *)(w->arena + ${upper}), n_max;
    uint8_t high[${k_pad}], low[${k_pad}];
    struct screened h;
    memcpy(&n_max, w->image + screen, sizeof n_max);
    if (!${func}_split(f32_row(w, in, ${stride}, w->row), n_max, high, low, &h))
        return 0;
    for (int i = from; i < to; i++, group += ${group_bytes}) {
        uint32_t sums[64];
        ${kernel}((const int8_t *)group, high, low, sums);
        ${func}_bounds(group + ${64 * k_pad}, sums, &h, lower + 64 * i, upper + 64 * i);
    }
    return 1;
}
