/* gelu_mul: g = gelu(g) * u, the tanh form, ${n} wide. */
static void ${func}(const struct work *w, size_t in, size_t other)
{
    struct range columns = share_columns(w, ${n});
    struct lanes one = lanes_set(1.0f), cubic = lanes_set(0.044715f), slope = lanes_set(1.59576912f);
    for (int t = 0; t < w->n; t++) {
        float *g = f32_row(w, in, ${stride}, t), *u = f32_row(w, other, ${stride}, t);
        for (int k = columns.from; k < columns.to; k += 16) {
            struct lanes x = lanes_load(g + k), bend = lanes_add(one, lanes_mul(cubic, lanes_mul(x, x)));
            lanes_store(g + k, lanes_mul(gated(x, lanes_mul(slope, lanes_mul(x, bend))), lanes_load(u + k)));
        }
    }
}
