/* embed: row of ${name} (${type}, ${k} wide) for each token. Reads ${row_bytes} bytes per token. */
static void ${func}(const struct work *w, size_t table, size_t out)
{
    struct range tokens = share_tokens(w);
    for (int t = tokens.from; t < tokens.to; t++) {
        const uint8_t *row = w->image + table + (size_t)w->ids[t] * ${row_bytes};
        float *x = f32_row(w, out, ${stride}, t);
        for (int k = 0; k < ${k_lanes}; k += 16)
            lanes_store(x + k, row_${type}(row, k));
    }
}
