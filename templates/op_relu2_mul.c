/* relu2_mul: g = g > 0 ? g^2 * u : 0, ${n} wide. */
static void ${func}(const struct work *w, size_t in, size_t other)
{
    struct range columns = share_columns(w, ${n});
    for (int t = 0; t < w->n; t++) {
        float *g = f32_row(w, in, ${stride}, t), *u = f32_row(w, other, ${stride}, t);
        for (int k = columns.from; k < columns.to; k += 16) {
            struct lanes r = lanes_load(g + k);
            lanes_store(g + k, lanes_positive(r, lanes_mul(lanes_mul(r, r), lanes_load(u + k))));
        }
    }
}
