/* rms: y = x / sqrt(mean(x^2) + eps) * weight, ${n} wide. */
static void ${func}(const struct work *w, size_t in, size_t weight, size_t out)
{
    struct range tokens = share_tokens(w);
    const float *scale = (const float *)(const void *)(w->image + weight);
    for (int t = tokens.from; t < tokens.to; t++) {
        const float *x = f32_row(w, in, ${stride}, t);
        float *y = f32_row(w, out, ${stride}, t);
        struct lanes r = lanes_set(rms_factor(copy_squares(lanes_set(0.0f), x, ${n_lanes}, y), ${n}));
        for (int k = 0; k < ${n_lanes}; k += 16)
            lanes_store(y + k, lanes_mul(lanes_mul(lanes_load(y + k), r), lanes_load(scale + k)));
    }
}
