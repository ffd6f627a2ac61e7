$ -- together: 16s of a block, whose scale gcc then widens once: two thirds of the time for a Q2_0 head (151669 x 2048, one core)
$ local ahead = 2048       -- q8_0 rows, one core: 4.9 GB/s, 1 KB 4.6, 512 B 3.2, none 1.8
/* head: logits[${rows}] = rows of ${name} (${type}, ${k} wide) . y. Reads ${bytes} bytes. */
static inline float ${func}_row(const uint8_t *row, const float *y)
{
    struct lanes sum = lanes_set(0.0f);
    for (int k = 0; k < ${k_lanes}; k += ${16 * together}) {
        __builtin_prefetch(row + k / 16 * ${row_bytes * 16 // k_lanes} + ${ahead});
$ for i = 0, together - 1 do
        sum = lanes_add(sum, lanes_mul(row_${type}(row, k + ${16 * i}), lanes_load(y + k + ${16 * i})));
$ end
    }
    return lanes_sum(sum);
}

static void ${func}(const struct work *w, size_t in, size_t table, size_t out)
{
    struct range rows = share_columns(w, ${rows});
    const float *y = f32_row(w, in, ${stride}, w->row);
    float *logits = (float *)(void *)(w->arena + out);
    for (int i = rows.from; i < rows.to && i < ${rows}; i++)
        logits[i] = ${func}_row(w->image + table + (size_t)i * ${row_bytes}, y);
}

/* The same for the listed rows alone, ${row_bytes} bytes each. */
static void ${func}_listed(const struct work *w, size_t in, size_t table, struct candidate *list, int n)
{
    const float *y = f32_row(w, in, ${stride}, w->row);
    for (int i = 0; i < n; i++)
        list[i].logit = ${func}_row(w->image + table + (size_t)list[i].id * ${row_bytes}, y);
}
