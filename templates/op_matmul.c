$ local value, scaled = "y = (f32)sum / s * w_scale" .. (by_row and "[row]" or ""), by_row and "scale_rows" or "scale_sums"
$ local where = suffix == "" and "." or ", in blocks (runtime/kernel.h)."
$ local note = merges and "\n * A batch puts them into `to` at once" .. where or ""
/* matmul: y[${rows}] = W x, W ternary ${rows} x ${k} (${packing}, ${bytes} bytes), ${macs} multiply-adds per token.
 * |sum of code*q| <= ${bound}; the int32 sums land in y and are scaled in place: ${value}.${note} */
static void ${func}(const struct work *w, size_t in, size_t weight, size_t scale,
    size_t out${more_params})
{
    struct range rows = share_columns(w, ${rows});
    const int8_t *x = q8_row(w, in, ${q8_stride}, 0);
    float *y = f32_row(w, ${y}, ${stride}, 0);
    const float *w_scale = (const float *)(const void *)(w->image + scale);
$ local indent = "    "
$ if merges then
$   indent = "        "
    if (w->n >= TILED) {
        ${kernel}_scaled(w->image + weight, x, ${q8_stride}, w->n, rows.from, rows.to, y,
            ${y_layout}, scratch_of(w, w->thread), w_scale, into);
    } else {
$ end
${indent}${kernel}(w->image + weight, x, ${q8_stride}, w->n, rows.from, rows.to, (int32_t *)(void *)y, ${stride},
${indent}    scratch_of(w, w->thread));
${indent}for (int t = 0; t < w->n; t++)
${indent}    ${scaled}(y + (size_t)t * ${stride}, rows, q8_head(w, in, ${q8_stride}, t)->scale, w_scale);
$ if merges then
    }
$ end
$ if padded then
    for (int t = 0; t < w->n && rows.to > ${rows}; t++)        /* ${packing} has no weight of 0 for rows that are not there */
        memset(y + (size_t)t * ${stride} + ${rows}, 0, (size_t)(rows.to - ${rows}) * sizeof *y);
$ end
}
