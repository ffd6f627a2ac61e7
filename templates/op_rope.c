$ local half = head_dim // 2
/* rope: rotates pairs (j, j + ${half}) of ${heads} heads by the table's angles for the token's position. */
static void ${func}(const struct work *w, size_t in, size_t table)
{
    struct range items = share(w, w->n * ${heads});
    for (int i = items.from; i < items.to; i++) {
        int t = i / ${heads}, head = i % ${heads};
        float *a = f32_row(w, in, ${stride}, t) + head * ${head_dim}, *b = a + ${half};
        const float *c = (const float *)(const void *)(w->image + table) + (size_t)(w->pos + t) * ${head_dim};
        const float *s = c + ${half};
        for (int j = 0; j < ${half}; j++) {
            float x = a[j], y = b[j];
            a[j] = x * c[j] - y * s[j];
            b[j] = x * s[j] + y * c[j];
        }
    }
}
