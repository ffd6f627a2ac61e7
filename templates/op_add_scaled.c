/* add_scaled: x += y * constant, ${n} wide. */
static void ${func}(const struct work *w, size_t in, size_t other)
{
    struct range columns = share_columns(w, ${n});
    struct lanes factor = lanes_set(f32_of_bits(${bits}));
    for (int t = 0; t < w->n; t++) {
        float *x = f32_row(w, in, ${stride}, t), *y = f32_row(w, other, ${stride}, t);
        for (int k = columns.from; k < columns.to; k += 16)
            lanes_store(x + k, lanes_add(lanes_load(x + k), lanes_mul(lanes_load(y + k), factor)));
    }
}
