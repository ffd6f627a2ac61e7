/* head: logits[${rows}] = rows of ${name} (${type}, ${k} wide) . y. Reads ${bytes} bytes. */
static void ${func}(const struct work *w, size_t in, size_t table, size_t out)
{
    struct range rows = share_columns(w, ${rows});
    const float *y = f32_row(w, in, ${stride}, w->row);
    float *logits = (float *)(void *)(w->arena + out);
    for (int i = rows.from; i < rows.to && i < ${rows}; i++) {
        const uint8_t *row = w->image + table + (size_t)i * ${row_bytes};
        struct lanes sum = lanes_set(0.0f);
        for (int k = 0; k < ${k_lanes}; k += 16)
            sum = lanes_add(sum, lanes_mul(row_${type}(row, k), lanes_load(y + k)));
        logits[i] = lanes_sum(sum);
    }
}
