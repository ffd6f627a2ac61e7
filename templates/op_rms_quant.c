/* rms_quant: y = x / sqrt(mean(x^2) + eps) * weight, then int8 with one scale per token, ${n} wide. */
static void ${func}(const struct work *w, size_t in, size_t weight, size_t out)
{
    struct range tokens = copy_tokens(w);
    const float *scale = (const float *)(const void *)(w->image + weight);
    for (int t = tokens.from; t < tokens.to; t++) {
        const float *x = f32_row(w, in, ${stride}, t);
        struct lanes r = lanes_set(rms_factor(x, ${n}, ${n_lanes}));
        float y[${n_lanes}];
        for (int k = 0; k < ${n_lanes}; k += 16)
            lanes_store(y + k, lanes_mul(lanes_mul(lanes_load(x + k), r), lanes_load(scale + k)));
$ if unit then
        quantise_units(y, ${n_lanes}, ${unit}, ${slot}, q8_units(w, out, ${q8_stride}, t));
$ else
        quantise(y, ${n_lanes}, ${n_pad}, q8_row(w, out, ${q8_stride}, t), q8_line(w->n, TILED));
$ end
    }
}
