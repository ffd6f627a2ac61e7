$ local pad, group = (head_dim + 15) // 16 * 16, heads // heads_kv
$ local rows, part = tokens * group, pad % 64 == 0 and 64 or pad    -- columns of a thread's share
/* attention: ${heads} heads over ${heads_kv} kv heads of ${head_dim}, causal, two passes: all scores, then the weighted values.
 * Reads ${4 * pad} bytes of cache per position and kv head. */

/* ${tokens} tokens and one kv head. All rows go through the positions that the first token sees, then those of later tokens
 * through theirs: what a token does not see may be infinite, so that no weight of 0 would do. */
static void ${func}_several(const struct work *w, size_t in, const uint8_t *k, const uint8_t *v, size_t out, int t, int kv,
    float *e)
{
    _Alignas(64) float q[${rows * pad}], wide[${64 * pad}], o[${rows * part}], inverse[${rows}];
    int tokens = least(w->n - t, ${tokens}), seen = w->pos + t + 1, count = seen + tokens - 1;
    for (int i = 0; i < tokens; i++)
        ${func}_queries(w, in, t + i, kv, q + i * ${group * pad});
    for (int p = 0; p < count; p += 64) {
        int n = least(count - p, 64);
        ${func}_widen(k + ((size_t)kv * CACHE_ROWS + (size_t)p) * ${2 * pad}, ${pad}, (n + 3) / 4 * 4, wide);
        ${func}_scores(q, tokens * ${group}, wide, n, e + p);
    }
    for (int i = 0; i < tokens; i++)
        ${func}_softmax(e + (size_t)(i * ${group}) * SCORES_STRIDE, seen + i, inverse + i * ${group});
    for (int d = 0; d < ${pad}; d += ${part}) {
        memset(o, 0, sizeof o);
        for (int p = 0; p < count; p += 64) {
            int n = least(count - p, 64), from = least(seen > p ? seen - p : 0, n);
            ${func}_widen(v + ((size_t)kv * CACHE_ROWS + (size_t)p) * ${2 * pad} + 2 * d, ${part}, n, wide);
            ${func}_mix(e + p, tokens * ${group}, wide, from, o);
            for (int i = 1, to; i < tokens; i++)
                if ((to = least(seen + i - p, n)) > from)
                    ${func}_mix(e + (size_t)(i * ${group}) * SCORES_STRIDE + p + from, ${group}, wide + from * ${part},
                        to - from, o + i * ${group * part});
        }
        for (int i = 0; i < tokens; i++)
            ${func}_put(w, out, t + i, kv, d, inverse + i * ${group}, o + i * ${group * part});
    }
}

/* A batch: threads take tokens times kv heads in turn, for later tokens have more to do. Rows of scores: one per head for all
 * threads, then ${rows} of each thread's own. */
static void ${func}(const struct work *w, size_t in, size_t keys, size_t values, size_t out)
{
    float *all = (float *)(void *)(w->arena + SCORES);
    const uint8_t *k = w->arena + keys, *v = w->arena + values;
    if (w->n == 1)
        ${func}_one(w, in, k, v, out, all);
    else
        for (int i = w->thread; i < (w->n + ${tokens - 1}) / ${tokens} * ${heads_kv}; i += w->threads)
            ${func}_several(w, in, k, v, out, i / ${heads_kv} * ${tokens}, i % ${heads_kv},
                all + (size_t)(${heads} + w->thread * ${rows}) * SCORES_STRIDE);
}
