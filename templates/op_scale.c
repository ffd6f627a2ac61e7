/* scale: x *= constant, ${n} wide. */
static void ${func}(const struct work *w, size_t in)
{
    struct range tokens = share_tokens(w);
    struct lanes factor = lanes_set(f32_of_bits(${bits}));
    for (int t = tokens.from; t < tokens.to; t++) {
        float *x = f32_row(w, in, ${stride}, t);
        for (int k = 0; k < ${n_lanes}; k += 16)
            lanes_store(x + k, lanes_mul(lanes_load(x + k), factor));
    }
}
