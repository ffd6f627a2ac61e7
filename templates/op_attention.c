$ local pad, group, nv = (head_dim + 15) // 16 * 16, heads // heads_kv, 64 // vec_bytes
/* attention: ${heads} heads over ${heads_kv} kv heads of ${head_dim}, causal, two passes: all scores, then the weighted values.
 * Reads ${4 * pad} bytes of cache per position and kv head. The sums of the scores begin with the first product instead
 * of 0: that can only make -0 of +0, and scores are used as differences to their maximum alone. */
$ local hp = nv > 1 and 2 or 4                      -- heads at once, so that their sums stay in registers
$ while group % hp > 0 do hp = hp // 2 end
$ local np = hp == 4 and 2 or 4 // hp               -- positions at once
$ local wide = math.min(nv == 1 and 64 or 32, pad)  -- columns of the values at once
$ local part = pad % 64 == 0 and 64 or pad          -- columns of a thread's share
$ while part % wide > 0 do wide = wide - 16 end

/* z[h][p] = q[h] . key[p] / sqrt(d) for positions from <= p < to of one kv head, whole groups of ${np} (CACHE_ROWS has them). */
static void ${func}_scores(const float *q, const uint8_t *keys, int from, int to, float *z)
{
    v4 scale = 1.0f / __builtin_sqrtf(${head_dim}.0f) - (v4){0};
    for (int p = from; p < to; p += ${np}) {
$ for h0 = 0, group - 1, hp do
        {
$   for p = 0, np - 1 do
            const uint8_t *key${p} = keys + (size_t)(p + ${p}) * ${2 * pad};
$   end
$   for h = 0, hp - 1 do for p = 0, np - 1 do
            struct lanes s${h}_${p} = lanes_mul(lanes_load(q + ${(h0 + h) * pad}), row_f16(key${p}, 0));
$   end end
            for (int d = 16; d < ${pad}; d += 16) {
$   for p = 0, np - 1 do
                struct lanes k${p} = row_f16(key${p}, d);
$   end
$   for h = 0, hp - 1 do
                struct lanes q${h} = lanes_load(q + ${(h0 + h) * pad} + d);
$     for p = 0, np - 1 do
                s${h}_${p} = lanes_add(s${h}_${p}, lanes_mul(q${h}, k${p}));
$     end
$   end
            }
$   local sums = {}
$   for h = 0, hp - 1 do for p = 0, np - 1 do sums[#sums + 1] = { h, p } end end
$   for i = 1, #sums, 4 do local a, b, c, d = sums[i], sums[i + 1], sums[i + 2], sums[i + 3]
            {
                v4 s = lanes_sum4(s${a[1]}_${a[2]}, s${b[1]}_${b[2]}, s${c[1]}_${c[2]}, s${d[1]}_${d[2]}) * scale;
$     for j = 0, 3 do local h, p = sums[i + j][1], sums[i + j][2]
                z[${h0 + h} * SCORES_STRIDE + (size_t)(p + ${p})] = s[${j}];
$     end
            }
$   end
        }
$ end
    }
}

/* out[h][d] = sum over p in order of e[h][p] * value[p][d], times inverse[h], for ${part} columns of one kv head. Positions go in
 * blocks, so that a block of values is read once for all heads. */
static void ${func}_mix(const float *e, const float *inverse, const uint8_t *values, int count, float *out)
{
    memset(out, 0, ${4 * group * part});
    for (int block = 0; block < count; block += 64) {
        int end = count - block < 64 ? count : block + 64;
$ for h0 = 0, group - 1, hp do for d0 = 0, part - 1, wide do local n = wide // 16
        {
$   for h = 0, hp - 1 do for i = 0, n - 1 do
            struct lanes o${h}_${i} = lanes_load(out + ${(h0 + h) * part + d0 + 16 * i});
$   end end
            for (int p = block; p < end; p++) {
                const uint8_t *row = values + (size_t)p * ${2 * pad};
$   for i = 0, n - 1 do
                struct lanes v${i} = row_f16(row, ${d0 + 16 * i});
$   end
$   for h = 0, hp - 1 do
                struct lanes e${h} = lanes_set(e[${h0 + h} * SCORES_STRIDE + (size_t)p]);
$     for i = 0, n - 1 do
                o${h}_${i} = lanes_add(o${h}_${i}, lanes_mul(e${h}, v${i}));
$     end
$   end
            }
$   for h = 0, hp - 1 do for i = 0, n - 1 do
            lanes_store(out + ${(h0 + h) * part + d0 + 16 * i}, o${h}_${i});
$   end end
        }
$ end end
    }
    for (int h = 0; h < ${group}; h++)
        for (int d = 0; d < ${part}; d += 16)
            lanes_store(out + h * ${part} + d, lanes_mul(lanes_load(out + h * ${part} + d), lanes_set(inverse[h])));
}

static void ${func}_queries(const struct work *w, size_t in, int t, int kv, float *q)
{
    for (int h = 0; h < ${group}; h++) {
        uint16_t half[${pad}];
        store_f16(f32_row(w, in, ${stride}, t) + (kv * ${group} + h) * ${head_dim}, ${head_dim}, half);
        for (int d = 0; d < ${pad}; d += 16)
            lanes_store(q + h * ${pad} + d, row_f16((const uint8_t *)half, d));
    }
}

static void ${func}_put(const struct work *w, size_t out, int t, int kv, int d, const float *o)
{
    float *row = f32_row(w, out, ${stride}, t);
    for (int h = 0; h < ${group}; h++)
        memcpy(row + (kv * ${group} + h) * ${head_dim} + d, o + h * ${part}, sizeof(float) * ${math.min(part, head_dim)});
$ if heads * head_dim % 16 > 0 then
    if (kv == ${heads_kv - 1})
        memset(row + ${heads * head_dim}, 0, ${4 * (16 - heads * head_dim % 16)});
$ end
}

/* A single token: threads share out positions for the scores, columns for the values. A batch: tokens times kv heads, in
 * turn, for later tokens have more to do. Rows of scores: one per head for all threads, then ${group} of each thread's own. */
static void ${func}(const struct work *w, size_t in, size_t keys, size_t values, size_t out)
{
    float q[${group * pad}], o[${group * part}], inverse[${group}];
    float *all = (float *)(void *)(w->arena + SCORES), *own = all + (size_t)(${heads} + w->thread * ${group}) * SCORES_STRIDE;
    const uint8_t *k = w->arena + keys, *v = w->arena + values;
    const size_t cache = (size_t)CACHE_ROWS * ${2 * pad};
    if (w->n == 1) {
        int count = w->pos + 1, blocks = (count + 63) / 64, last = -1;
        struct range items = share(w, ${heads_kv} * blocks);
        for (int i = items.from; i < items.to; i++) {
            int kv = i / blocks, from = i % blocks * 64, to = from + 64 < count ? from + 64 : count;
            ${func}_queries(w, in, 0, kv, q);
            ${func}_scores(q, k + (size_t)kv * cache, from, to, all + (size_t)(kv * ${group}) * SCORES_STRIDE);
        }
        team_barrier(w->team);
        items = share(w, ${heads_kv * pad // part});
        for (int i = items.from; i < items.to; i++) {
            int kv = i / ${pad // part}, d = i % ${pad // part} * ${part};
            for (int h = 0; h < ${group} && kv != last; h++)
                inverse[h] = softmax(all + (size_t)(kv * ${group} + h) * SCORES_STRIDE, count, own + h * SCORES_STRIDE);
            last = kv;
            ${func}_mix(own, inverse, v + (size_t)kv * cache + 2 * d, count, o);
            ${func}_put(w, out, 0, kv, d, o);
        }
        return;
    }
    for (int i = w->thread; i < w->n * ${heads_kv}; i += w->threads) {
        int t = i / ${heads_kv}, kv = i % ${heads_kv}, count = w->pos + t + 1;
        ${func}_queries(w, in, t, kv, q);
        ${func}_scores(q, k + (size_t)kv * cache, 0, count, own);
        for (int h = 0; h < ${group}; h++)
            inverse[h] = softmax(own + h * SCORES_STRIDE, count, own + h * SCORES_STRIDE);
        for (int d = 0; d < ${pad}; d += ${part}) {
            ${func}_mix(own, inverse, v + (size_t)kv * cache + 2 * d, count, o);
            ${func}_put(w, out, t, kv, d, o);
        }
    }
}
