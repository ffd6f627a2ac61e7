$ local note = blocks and "\n * Of a batch x lies in blocks of Y_BLOCK columns (runtime/kernel.h)." or ""
/* rms_quant: y = x / sqrt(mean(x^2) + eps) * weight, then int8 with one scale per token, ${n} wide.${note} */
static void ${func}(const struct work *w, size_t in, size_t weight, size_t out)
{
    struct range tokens = copy_tokens(w);
    const float *scale = (const float *)(const void *)(w->image + weight);
    for (int t = tokens.from; t < tokens.to; t++) {
        float y[${n_lanes}]; /* x first: it and another row would not stay in the first level */
        struct lanes sum = lanes_set(0.0f);
$ if blocks then
        const float *x = f32_row(w, in, w->n < TILED ? ${stride} : Y_BLOCK, t);
        for (int k = 0; k < ${n_lanes}; k += Y_BLOCK, x += (size_t)(w->n < TILED ? 1 : w->n) * Y_BLOCK) {
            soon((const uint8_t *)(x + Y_BLOCK), sizeof(float) * Y_BLOCK); /* the next token's */
            sum = copy_squares(sum, x, Y_BLOCK, y + k);
        }
$ else
        sum = copy_squares(sum, f32_row(w, in, ${stride}, t), ${n_lanes}, y);
$ end
        struct lanes r = lanes_set(rms_factor(sum, ${n}));
        for (int k = 0; k < ${n_lanes}; k += 16)
            lanes_store(y + k, lanes_mul(lanes_mul(lanes_load(y + k), r), lanes_load(scale + k)));
$ if unit then
        quantise_units(y, ${n_lanes}, ${unit}, ${slot}, q8_units(w, out, ${q8_stride}, t));
$ else
        quantise(y, ${n_lanes}, ${n_pad}, q8_row(w, out, ${q8_stride}, t), q8_line(w->n, TILED));
$ end
    }
}
