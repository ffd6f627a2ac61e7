/* relu2_mul: g = max(g, 0)^2 * u, ${n} wide. */
static void ${func}(const struct work *w, size_t in, size_t other)
{
    struct range columns = share_columns(w, ${n});
    struct lanes zero = lanes_set(0.0f);
    for (int t = 0; t < w->n; t++) {
        float *g = f32_row(w, in, ${stride}, t), *u = f32_row(w, other, ${stride}, t);
        for (int k = columns.from; k < columns.to; k += 16) {
            struct lanes r = lanes_max(lanes_load(g + k), zero);
            lanes_store(g + k, lanes_mul(lanes_mul(r, r), lanes_load(u + k)));
        }
    }
}
