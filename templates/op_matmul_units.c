/* matmul by units: y[${rows}] = W x, W ${rows} x ${k} (${packing}, ${bytes} bytes), ${macs} multiply-adds per
 * token. The kernel gives the exact sums of ${unit} columns, |sum of code*q| <= ${bound}; ${blocks} of them make a term of a
 * row, and its terms go to ${lanes} lanes in turn (docs/NUMERICS.md 2.3). Weights lie unit by unit, ${rows_unit} rows side by
 * side; so do the scales of groups. */
static void ${func}_rows(const uint8_t *codes, const uint8_t *d, const float *w_scale, const int8_t *x, int n, float *y,
    void *scratch)
{
$ if not grouped then
    (void)d;
$ end
    float sums[${blocks}][${tokens}][${rows_unit}], lanes[${tokens}][${lanes}][${rows_unit}];
    memset(lanes, 0, (size_t)n * sizeof *lanes);
    for (int g = 0; g < ${groups}; g++, x += ${blocks * slot}) {
        for (int b = 0; b < ${blocks}; b++, codes += ${unit_bytes})
            ${kernel}(codes, x + b * ${slot}, ${q8_stride}, n, 0, ${rows_unit}, (int32_t *)(void *)sums[b], ${rows_unit},
                scratch);
        for (int t = 0; t < n; t++)
            for (int i = 0; i < ${rows_unit}; i += 16) {
                float *to = lanes[t][g % 16] + i;
$ for b = 0, blocks - 1 do
                struct lanes v${b} = lanes_from_int(sums[${b}][t] + i);
$   if group32 then
                v${b} = lanes_mul(v${b}, lanes_set(q8_kept(x + (size_t)t * ${q8_stride} + ${b * slot})));
$   end
$ end
                struct lanes v = ${term};
$ if grouped then
                v = lanes_mul(v, row_f16(d + g * ${2 * rows_unit}, i));
$ end
                lanes_store(to, lanes_add(lanes_load(to), v));
            }
    }
    for (int t = 0; t < n; t++)
        for (int i = 0; i < ${rows_unit}; i += 16) {
            const float(*lane)[${rows_unit}] = lanes[t];
            struct lanes v = ${total};
$ if not group32 then
            v = lanes_div(v, lanes_set(q8_kept(x + (size_t)t * ${q8_stride} - ${slot})));
$ end
            v = lanes_mul(v, ${by_row and "lanes_load(w_scale + i)" or "lanes_set(*w_scale)"});
            lanes_store(y + (size_t)t * ${stride} + i, v);
        }
}

static void ${func}(const struct work *w, size_t in, size_t weight, size_t groups, size_t scale, size_t out)
{
    struct range rows = share_columns(w, ${rows});
    for (int i = rows.from; i < rows.to; i += ${rows_unit})
        for (int t = 0; t < w->n; t += ${tokens})
            ${func}_rows(w->image + weight + (size_t)(i / ${rows_unit}) * ${groups * blocks * unit_bytes},
                w->image + groups + (size_t)i * ${grouped and 2 * groups or 0},
                (const float *)(const void *)(w->image + scale)${by_row and " + i" or ""}, q8_units(w, in, ${q8_stride}, t),
                w->n - t < ${tokens} ? w->n - t : ${tokens}, f32_row(w, out, ${stride}, t) + i, scratch_of(w, w->thread));
$ if padded then
    for (int t = 0; t < w->n && rows.to > ${rows}; t++) /* ${packing} has no weight of 0 for rows that are not there */
        memset(f32_row(w, out, ${stride}, t) + ${rows}, 0, (size_t)(rows.to - ${rows}) * sizeof(float));
$ end
}
