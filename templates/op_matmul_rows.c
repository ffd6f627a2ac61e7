/* matmul_rows: y[${rows}] = W x, W ternary ${rows} x ${k} (${packing}, ${bytes} bytes); of a single token only the rows
 * whose gate is positive, ${row_bytes} bytes and ${k} multiply-adds each: relu2_mul does not look at the others, which are 0
 * here. |sum of code*q| <= ${bound}; the int32 sums land in y and are scaled in place: y = (f32)sum / s * w_scale. */
static void ${func}(const struct work *w, size_t in, size_t gate, size_t weight, size_t scale,
    size_t out${more_params}, size_t counter)
{
    struct range rows = share_columns(w, ${rows});
    const int8_t *x = q8_row(w, in, ${q8_stride}, 0);
    const float *g = f32_row(w, gate, ${stride}, 0);
    const float *w_scale = (const float *)(const void *)(w->image + scale);
    float *y = f32_row(w, ${y}, ${stride}, 0);
    int32_t *list = (int32_t *)(void *)scratch_of(w, w->thread), *sums = (int32_t *)(void *)y;
    if (w->n > 1) {
$ if merges then
        ${kernel}_scaled(w->image + weight, x, ${q8_stride}, w->n, rows.from, rows.to, y,
            ${y_layout}, list, w_scale, into);
$ else
        ${kernel}(w->image + weight, x, ${q8_stride}, w->n, rows.from, rows.to, sums, ${stride}, list);
        for (int t = 0; t < w->n; t++)
            scale_sums(y + (size_t)t * ${stride}, rows, q8_head(w, in, ${q8_stride}, t)->scale, w_scale);
$ end
        return;
    }
    int count = 0;
    for (int i = rows.from; i < rows.to && i < ${rows}; i++) {
        list[count] = i;
        count += (g[i] > 0.0f) | w->dense;
    }
    for (int i = rows.from; i < rows.to; i++)
        sums[i] = 0;
    ${kernel}_rows(w->image + weight, x, list, count, sums);
    count_listed(w, counter, count);
    scale_sums(y, rows, q8_head(w, in, ${q8_stride}, 0)->scale, w_scale);
}
