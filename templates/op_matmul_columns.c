$ local sums_at = (k + 63) // 64 * 256     -- behind the list
/* matmul_columns: y[${rows}] = W x, W ternary ${rows} x ${k} (${packing}, ${bytes} bytes); of a single token only the
 * columns where x is not 0, ${rows_pad // 4} bytes and ${rows} multiply-adds each. Threads share out the list, for exact sums may
 * be split: each leaves its part of all sums in its scratch, and adds up all parts of its rows when everybody is done. Nobody
 * touches the scratch of a matmul before the next barrier: its input, quantised, needs all of y. |sum of code*q| <= ${bound}. */
static void ${func}(const struct work *w, size_t in, size_t weight, size_t scale,
    size_t out${more_params}, size_t counter)
{
    struct range rows = share_columns(w, ${rows});
    const int8_t *x = q8_row(w, in, ${q8_stride}, 0);
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
    for (int i = 0; i < ${k}; i++) {
        list[count] = i;
        count += (x[i] != 0) | w->dense;
    }
    struct range part = share(w, count);
    ${kernel}_columns(w->image + weight, x, list + part.from, part.to - part.from, list + ${sums_at // 4});
    count_listed(w, counter, part.to - part.from);
    team_barrier(w->team);
    for (int i = rows.from; i < rows.to; i++) {
        int32_t sum = 0;
        for (int thread = 0; thread < w->threads && i < ${rows_pad}; thread++)
            sum += ((const int32_t *)(const void *)(scratch_of(w, thread) + ${sums_at}))[i];
        sums[i] = sum;
    }
    scale_sums(y, rows, q8_head(w, in, ${q8_stride}, 0)->scale, w_scale);
}
