/* quant: one scale per token, int8, ${n} wide. */
static void ${func}(const struct work *w, size_t in, size_t out)
{
    struct range tokens = copy_tokens(w);
    for (int t = tokens.from; t < tokens.to; t++)
$ if unit then
        quantise_units(f32_row(w, in, ${stride}, t), ${n_lanes}, ${unit}, ${slot}, q8_units(w, out, ${q8_stride}, t));
$ else
        quantise(f32_row(w, in, ${stride}, t), ${n_lanes}, ${n_pad}, q8_row(w, out, ${q8_stride}, t), q8_line(w->n, TILED));
$ end
}
