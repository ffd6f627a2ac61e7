$ local pad = (head_dim + 15) // 16 * 16
$ local wide = 64   -- output elements kept in registers during one pass over the positions
/* attention: ${heads} heads over ${heads_kv} kv heads of ${head_dim}, causal, two passes: all scores, then the weighted values.
 * Reads ${4 * pad} bytes of cache per position and head. The sums of the scores begin with the first product instead of 0: that
 * can only make -0 of +0, and scores are used as differences to their maximum alone. */
static void ${func}_scores(const float *q, const uint8_t *keys, int count, float *z)
{
    float scale = 1.0f / __builtin_sqrtf(${head_dim}.0f);
    for (int p = 0; p < count; p++) {
        const uint8_t *key = keys + (size_t)p * ${2 * pad};
        struct lanes sum = lanes_mul(lanes_load(q), row_f16(key, 0));
$ for d = 16, pad - 1, 16 do
        sum = lanes_add(sum, lanes_mul(lanes_load(q + ${d}), row_f16(key, ${d})));
$ end
        z[p] = lanes_sum(sum) * scale;
    }
}

/* z becomes exp(z - max), padded with zeros to a multiple of 16; returns 1 / sum. */
static float ${func}_softmax(float *z, int count)
{
    struct lanes top = lanes_set(z[0]), sum = lanes_set(0.0f);
    int padded = (count + 15) / 16 * 16;
    for (int p = count; p < padded; p++)
        z[p] = z[0];
    for (int p = 0; p < padded; p += 16)
        top = lanes_max(top, lanes_load(z + p));
    top = lanes_set(lanes_maximum(top));
    for (int p = 0; p < padded; p += 16)
        lanes_store(z + p, lanes_exp(lanes_sub(lanes_load(z + p), top)));
    for (int p = count; p < padded; p++)
        z[p] = 0.0f;
    for (int p = 0; p < padded; p += 16)
        sum = lanes_add(sum, lanes_load(z + p));
    return 1.0f / lanes_sum(sum);
}

static void ${func}_mix(const float *z, float inverse, const uint8_t *rows, int count, float *out)
{
$ for d = 0, pad - 1, wide do
$   local n = math.min(wide, pad - d) // 16
    {
$   for i = 0, n - 1 do
        struct lanes o${i} = lanes_set(0.0f);
$   end
        for (int p = 0; p < count; p++) {
            const uint8_t *row = rows + (size_t)p * ${2 * pad};
            struct lanes e = lanes_set(z[p]);
$   for i = 0, n - 1 do
            o${i} = lanes_add(o${i}, lanes_mul(e, row_f16(row, ${d + 16 * i})));
$   end
        }
$   for i = 0, n - 1 do
        lanes_store(out + ${d + 16 * i}, lanes_mul(o${i}, lanes_set(inverse)));
$   end
    }
$ end
}

static void ${func}(const struct work *w, size_t in, size_t keys, size_t values, size_t out)
{
    struct range items = share(w, w->n * ${heads});
    float *z = (float *)(void *)(w->arena + SCORES) + (size_t)w->thread * SCORES_STRIDE;
    for (int i = items.from; i < items.to; i++) {
        int t = i / ${heads}, head = i % ${heads}, count = w->pos + t + 1;
        size_t cache = (size_t)(head / ${heads // heads_kv}) * CTX * ${2 * pad};
        const float *q = f32_row(w, in, ${stride}, t) + head * ${head_dim};
        uint16_t half[${pad}] = {0};
        float rounded[${pad}], o[${pad}], inverse;
        for (int j = 0; j < ${head_dim}; j++)
            half[j] = narrow_f16(q[j]);
        for (int j = 0; j < ${pad}; j += 16)
            lanes_store(rounded + j, row_f16((const uint8_t *)half, j));
        ${func}_scores(rounded, w->arena + keys + cache, count, z);
        inverse = ${func}_softmax(z, count);
        ${func}_mix(z, inverse, w->arena + values + cache, count, o);
        memcpy(f32_row(w, out, ${stride}, t) + head * ${head_dim}, o, ${4 * head_dim});
$ if heads * head_dim % 16 > 0 then
        if (head == ${heads - 1})
            memset(f32_row(w, out, ${stride}, t) + ${heads * head_dim}, 0, ${4 * (16 - heads * head_dim % 16)});
$ end
    }
}
