/* ---- attention of a single token: keys and values become f32 where they are used, once for all heads that share them ---- */

$ local pad, group, nv = (head_dim + 15) // 16 * 16, heads // heads_kv, 64 // vec_bytes
$ local part = pad % 64 == 0 and 64 or pad      -- columns of a thread's share
$ local units = pad // part
$ local hr = math.min(group, 4)                 -- heads at once, and as many positions (scores) or columns (mix) as leave
$ while group % hr > 0 do hr = hr - 1 end       -- their sums in registers
$ local pr, cr = nv == 1 and 4 or 4 // hr, nv == 1 and 64 or 16
$ while part % cr > 0 do cr = cr - 16 end
$ local few, strips = 16, part // cr            -- positions in a row for the same columns: the others find 4 KB in L1
$ local near, far = 1024, 8192                  -- bytes from load to prefetch: to the first level, to the second
$ local function add_scores(h0, d, first, indent)
$   if h0 == 0 then for line = 0, 32 * pr - 64, 64 do
${indent}__builtin_prefetch(key + ${2 * pr} * ${d} + ${near + line});
${indent}__builtin_prefetch(key + ${2 * pr} * ${d} + ${far + line}, 0, 2);
$   end end
$   for i = 0, pr - 1 do
${indent}struct lanes k${i} = row_f16(key + ${2 * pad * i}, ${d});
$   end
$   for h = 0, hr - 1 do
${indent}struct lanes q${h} = lanes_load(q + ${(h0 + h) * pad} + ${d});
$     for i = 0, pr - 1 do
$       if first then
${indent}struct lanes s${h}_${i} = lanes_mul(q${h}, k${i});
$       else
${indent}s${h}_${i} = lanes_add_exact(s${h}_${i}, q${h}, k${i});
$       end
$     end
$   end
$ end
$ local function fetch(p, from, to, bytes, indent)
$   for row = from, to do for line = 0, bytes - 1, 64 do
${indent}__builtin_prefetch(${p} + ${near + 2 * pad * row + line});
${indent}__builtin_prefetch(${p} + ${far + 2 * pad * row + line}, 0, 2);
$   end end
$ end
/* z[h][p] = q[h] . key[p] / sqrt(d) for positions from .. to - 1, and for up to ${pr - 1} behind them. */
static void ${func}_scores_one(const float *q, const uint8_t *keys, int from, int to, float *z)
{
    const float scale = 1.0f / __builtin_sqrtf(${head_dim}.0f);
    for (int p = from; p < to; p += ${pr}) {
        const uint8_t *key = keys + (size_t)p * ${2 * pad};
$ if pr == 1 then fetch("key", 0, 0, 2 * pad, "        ") end
$ for h0 = 0, group - 1, hr do
        {
$   add_scores(h0, 0, true, "            ")
            for (int d = 16; d < ${pad}; d += 16) {
$   add_scores(h0, "d", false, "                ")
            }
$   for h = 0, hr - 1, 4 // pr do
$     local function sum(n) return ("s%d_%d"):format(math.min(h + n // pr, hr - 1), n % pr) end
            v4 sums${h} = lanes_sum4(${sum(0)}, ${sum(1)}, ${sum(2)}, ${sum(3)}) * scale;
$     for n = 0, 3, pr do if h + n // pr < hr then
            memcpy(z + ${h0 + h + n // pr} * SCORES_STRIDE + p, (float *)&sums${h} + ${n}, ${pr} * sizeof *z);
$     end end
$   end
        }
$ end
    }
}

/* out[h][d] += sum over p in order of e[h][p] * value[p][d] for ${part} columns of ${few} positions at most. Every strip of
 * columns fetches its share of what comes, for it should come evenly: all in the first, 25 % more time. */
static void ${func}_mix_one(const float *e, const uint8_t *values, int n, float *out)
{
$ for h0 = 0, group - 1, hr do for d0 = 0, part - 1, cr do
    {
$   for h = h0, h0 + hr - 1 do for d = d0, d0 + cr - 1, 16 do
        struct lanes o${h}_${d} = lanes_load(out + ${h * part + d});
$   end end
        const uint8_t *v = values;
$   local strip = d0 // cr
$   if h0 == 0 and strips > 1 then
$     fetch("v", strip * few // strips, (strip + 1) * few // strips - 1, 2 * part, "        ")
$   end
        for (int p = 0; p < n; p++, v += ${2 * pad}) {
$   if h0 == 0 and strips == 1 then fetch("v", 0, 0, 2 * part, "            ") end
$   for d = d0, d0 + cr - 1, 16 do
            struct lanes v${d} = row_f16(v, ${d});
$   end
$   for h = h0, h0 + hr - 1 do
            struct lanes e${h} = lanes_set(e[${h * few} + p]);
$     for d = d0, d0 + cr - 1, 16 do
            o${h}_${d} = lanes_add(o${h}_${d}, lanes_mul(e${h}, v${d}));
$     end
$   end
        }
$   for h = h0, h0 + hr - 1 do for d = d0, d0 + cr - 1, 16 do
        lanes_store(out + ${h * part + d}, o${h}_${d});
$   end end
    }
$ end end
}

/* Threads share out positions for the scores, columns for the values. z: rows of scores for all of them. Weights of the
 * next block are computed before the products of this one, which then need not wait for them: 1.14 to 1.19 times as long as a
 * sweep of the same bytes instead of 1.21. */
static void ${func}_one(const struct work *w, size_t in, const uint8_t *keys, const uint8_t *values, size_t out, float *z)
{
    _Alignas(64) float q[${group * pad}], e[2][${group * few}], o[${units}][${group * part}], inverse[${group}];
    int count = w->pos + 1, blocks = (count + 15) / 16; /* of positions whose scores share no line with others */
    struct range all = share(w, ${heads_kv} * blocks), columns = share(w, ${heads_kv * units});
    for (int i = all.from, kv = i / blocks, to; i < all.to; i = to, kv++) {
        const uint8_t *k = keys + (size_t)kv * CACHE_ROWS * ${2 * pad};
        float *scores = z + (size_t)(kv * ${group}) * SCORES_STRIDE;
        to = least((kv + 1) * blocks, all.to);
        ${func}_queries(w, in, 0, kv, q);
        ${func}_scores_one(q, k, (i - kv * blocks) * 16, least((to - kv * blocks) * 16, count), scores);
        if (to == (kv + 1) * blocks)
            ${func}_pad(scores, count);
    }
    team_barrier(w->team);
    for (int i = columns.from, kv = i / ${units}, to; i < columns.to; i = to, kv++) {
        const uint8_t *v = values + (size_t)kv * CACHE_ROWS * ${2 * pad};
        const float *scores = z + (size_t)(kv * ${group}) * SCORES_STRIDE;
        to = least((kv + 1) * ${units}, columns.to);
        struct lanes top[${group}], sum[${group}] = {0};
        soon(v, least(count * ${2 * pad}, ${2 * far}));
        ${func}_tops(scores, count, top);
        ${func}_weights(scores, top, sum, e[0], ${few});
        memset(o, 0, sizeof o);
        for (int p = 0; p < count; p += ${few}, v += ${2 * pad * few}) {
            if (p + ${few} < count)
                ${func}_weights(scores + p + ${few}, top, sum, e[(p / ${few} + 1) % 2], ${few});
            for (int c = i; c < to; c++)
                ${func}_mix_one(e[p / ${few} % 2], v + (c - kv * ${units}) * ${2 * part}, least(count - p, ${few}), o[c - i]);
        }
        for (int h = 0; h < ${group}; h++)
            inverse[h] = 1.0f / lanes_sum(sum[h]);
        for (int c = i; c < to; c++)
            ${func}_put(w, out, 0, kv, (c - kv * ${units}) * ${part}, inverse, o[c - i]);
    }
}
