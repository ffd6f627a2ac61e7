$ local pad = (head_dim + 15) // 16 * 16
/* store: cache[head][position] = f16(x), ${heads} heads of ${head_dim}, rows padded with zeros to ${pad}. */
static void ${func}(const struct work *w, size_t in, size_t cache)
{
    struct range items = share(w, w->n * ${heads});
    for (int i = items.from; i < items.to; i++) {
        int t = i / ${heads}, head = i % ${heads};
        const float *x = f32_row(w, in, ${stride}, t) + head * ${head_dim};
        uint16_t *row = (uint16_t *)(void *)(w->arena + cache) + ((size_t)head * CTX + (size_t)(w->pos + t)) * ${pad};
        for (int j = 0; j < ${head_dim}; j++)
            row[j] = narrow_f16(x[j]);
$ if pad > head_dim then
        memset(row + ${head_dim}, 0, ${2 * (pad - head_dim)});
$ end
    }
}
