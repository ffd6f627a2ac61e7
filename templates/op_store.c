$ local pad = (head_dim + 15) // 16 * 16
/* store: cache[head][position] = f16(x), ${heads} heads of ${head_dim}, rows padded with zeros to ${pad}. */
static void ${func}(const struct work *w, size_t in, size_t cache)
{
    struct range items = share(w, w->n * ${heads});
    for (int i = items.from; i < items.to; i++) {
        int t = i / ${heads}, head = i % ${heads};
        uint16_t *rows = (uint16_t *)(void *)(w->arena + cache) + (size_t)head * CACHE_ROWS * ${pad};
        store_f16(f32_row(w, in, ${stride}, t) + head * ${head_dim}, ${head_dim}, rows + (size_t)(w->pos + t) * ${pad});
    }
}
