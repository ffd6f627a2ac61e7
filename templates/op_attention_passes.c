/* ---- the passes of attention, on blocks of positions that become f32 once for all rows of queries ---- */

$ local pad, group, nv = (head_dim + 15) // 16 * 16, heads // heads_kv, 64 // vec_bytes
$ local hr, mr = nv == 1 and 4 or 1, nv == 1 and 4 or 2 -- rows at once, in the scores (times four positions) and in the mix,
$ while group % hr > 0 do hr = hr // 2 end              -- so that their sums stay in registers
$ while group % mr > 0 do mr = mr // 2 end
$ local part = pad % 64 == 0 and 64 or pad              -- columns of a thread's share
$ local wide = nv == 1 and 64 or 32                     -- columns at once in the mix
$ while part % wide > 0 do wide = wide - 16 end
$ local near, far = 1024, 4096                          -- bytes from load to prefetch, as in gemv_t2_vnni.c
static void ${func}_queries(const struct work *w, size_t in, int t, int kv, float *q)
{
    for (int h = 0; h < ${group}; h++) {
        uint16_t half[${pad}];
        store_f16(f32_row(w, in, ${stride}, t) + (kv * ${group} + h) * ${head_dim}, ${head_dim}, half);
        for (int d = 0; d < ${pad}; d += 16)
            lanes_store(q + h * ${pad} + d, row_f16((const uint8_t *)half, d));
    }
}

static void ${func}_put(const struct work *w, size_t out, int t, int kv, int d, const float *inverse, float *o)
{
    float *row = f32_row(w, out, ${stride}, t);
    for (int h = 0; h < ${group}; h++, o += ${part}) {
        for (int i = 0; i < ${part}; i += 16)
            lanes_store(o + i, lanes_mul(lanes_load(o + i), lanes_set(inverse[h])));
        memcpy(row + (kv * ${group} + h) * ${head_dim} + d, o, sizeof(float) * ${math.min(part, head_dim)});
    }
$ if heads * head_dim % 16 > 0 then
    if (kv == ${heads_kv - 1})
        memset(row + ${heads * head_dim}, 0, ${4 * (16 - heads * head_dim % 16)});
$ end
}

/* to[p][d] = cache[p][d] for some columns of n positions */
static void ${func}_widen(const uint8_t *cache, int columns, int n, float *to)
{
    for (int p = 0; p < n; p++, cache += ${2 * pad}, to += columns) {
        for (int d = 0; d < columns; d += 32) {
            __builtin_prefetch(cache + ${near} + 2 * d);
            __builtin_prefetch(cache + ${far} + 2 * d, 0, 2);
        }
        for (int d = 0; d < columns; d += 16)
            lanes_store(to + d, row_f16(cache, d));
    }
}

/* z[r][p] = q[r] . key[p] / sqrt(d) for n positions, in fours. */
static void ${func}_scores(const float *q, int rows, const float *keys, int n, float *z)
{
    v4 scale = 1.0f / __builtin_sqrtf(${head_dim}.0f) - (v4){0};
    for (int r = 0; r < rows; r += ${hr}, q += ${hr * pad}, z += ${hr} * SCORES_STRIDE)
        for (int p = 0; p < n; p += 4) {
            const float *key = keys + p * ${pad};
$ for h = 0, hr - 1 do for i = 0, 3 do
            struct lanes s${h}_${i} = lanes_mul(lanes_load(q + ${h * pad}), lanes_load(key + ${i * pad}));
$ end end
            for (int d = 16; d < ${pad}; d += 16) {
$ for i = 0, 3 do
                struct lanes k${i} = lanes_load(key + d + ${i * pad});
$ end
$ for h = 0, hr - 1 do
                struct lanes q${h} = lanes_load(q + d + ${h * pad});
$   for i = 0, 3 do
                s${h}_${i} = lanes_add_exact(s${h}_${i}, q${h}, k${i});
$   end
$ end
            }
$ for h = 0, hr - 1 do
            v4 z${h} = lanes_sum4(s${h}_0, s${h}_1, s${h}_2, s${h}_3) * scale;
            memcpy(z + ${h} * SCORES_STRIDE + p, &z${h}, sizeof z${h});
$ end
        }
}

/* Scores are read in whole sixteens: behind the last one there are none, and exp(-inf) is 0. */
static void ${func}_pad(float *z, int count)
{
    for (int h = 0; h < ${group}; h++)
        for (int p = count; p % 16 > 0; p++)
            z[h * SCORES_STRIDE + (size_t)p] = -__builtin_inff();
}

/* The heads of a token that share keys go side by side: one alone would wait for its own results. */
static inline void ${func}_tops(const float *z, int count, struct lanes *top)
{
    for (int h = 0; h < ${group}; h++)
        top[h] = lanes_load(z + h * SCORES_STRIDE);
    for (int p = 16; p < count; p += 16)
        for (int h = 0; h < ${group}; h++)
            top[h] = lanes_max(top[h], lanes_load(z + h * SCORES_STRIDE + p));
    for (int h = 0; h < ${group}; h++)
        top[h] = lanes_set(lanes_maximum(top[h]));
}

/* e[h] = exp(z[h] - top[h]) for sixteen positions, and adds them to sum[h]. e may be z. */
static inline void ${func}_weights(const float *z, const struct lanes *top, struct lanes *sum, float *e, size_t stride)
{
    for (int h = 0; h < ${group}; h++) {
        struct lanes x = lanes_exp(lanes_sub(lanes_load(z + h * SCORES_STRIDE), top[h]));
        sum[h] = lanes_add(sum[h], x);
        lanes_store(e + h * stride, x);
    }
}

/* z[h] = exp(z[h] - max), and zeros up to a whole sixteen; inverse[h] = 1 / sum. */
static void ${func}_softmax(float *z, int count, float *inverse)
{
    struct lanes top[${group}], sum[${group}] = {0};
    ${func}_pad(z, count);
    ${func}_tops(z, count, top);
    for (int p = 0; p < count; p += 16)
        ${func}_weights(z + p, top, sum, z + p, SCORES_STRIDE);
    for (int h = 0; h < ${group}; h++)
        inverse[h] = 1.0f / lanes_sum(sum[h]);
}

/* out[r][d] += sum over p in order of e[r][p] * value[p][d] for ${part} columns */
static void ${func}_mix(const float *e, int rows, const float *values, int n, float *out)
{
    for (int r = 0; r < rows; r += ${mr}, e += ${mr} * SCORES_STRIDE, out += ${mr * part}) {
$ for d0 = 0, part - 1, wide do
        {
$   for h = 0, mr - 1 do for i = 0, wide - 1, 16 do
            struct lanes o${h}_${i} = lanes_load(out + ${h * part + d0 + i});
$   end end
            for (int p = 0; p < n; p++) {
$   for i = 0, wide - 1, 16 do
                struct lanes v${i} = lanes_load(values + p * ${part} + ${d0 + i});
$   end
$   for h = 0, mr - 1 do
                struct lanes e${h} = lanes_set(e[${h} * SCORES_STRIDE + (size_t)p]);
$     for i = 0, wide - 1, 16 do
                o${h}_${i} = lanes_add(o${h}_${i}, lanes_mul(e${h}, v${i}));
$     end
$   end
            }
$   for h = 0, mr - 1 do for i = 0, wide - 1, 16 do
            lanes_store(out + ${h * part + d0 + i}, o${h}_${i});
$   end end
        }
$ end
    }
}
