$ local half = head_dim // 2
$ local first, second = "j", "j + " .. half
$ if pairs == "norm" then first, second = "2 * j", "2 * j + 1" end
/* rope: rotates pairs (${first}, ${second}) of ${heads} heads by the table's angles for the token's position. */
static void ${func}(const struct work *w, size_t in, size_t table)
{
    struct range items = share(w, w->n * ${heads});
    for (int i = items.from; i < items.to; i++) {
        int t = i / ${heads}, head = i % ${heads};
        float *x = f32_row(w, in, ${stride}, t) + head * ${head_dim};
        const float *c = (const float *)(const void *)(w->image + table) + (size_t)(w->pos + t) * ${head_dim};
        const float *s = c + ${half};
$ if pairs == "norm" or half % 16 > 0 then
        for (int j = 0; j < ${half}; j++) {
            float a = x[${first}], b = x[${second}];
            x[${first}] = a * c[j] - b * s[j];
            x[${second}] = a * s[j] + b * c[j];
        }
$ else
        for (int j = 0; j < ${half}; j += 16) {
            struct lanes a = lanes_load(x + j), b = lanes_load(x + j + ${half}), cj = lanes_load(c + j), sj = lanes_load(s + j);
            lanes_store(x + j, lanes_sub(lanes_mul(a, cj), lanes_mul(b, sj)));
            lanes_store(x + j + ${half}, lanes_add(lanes_mul(a, sj), lanes_mul(b, cj)));
        }
$ end
    }
}
