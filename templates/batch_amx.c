$ local slices = (k + 63) // 64                    -- a slice is 64 k: what one tile operation takes
$ local units = (steps + chunk - 1) // chunk       -- a unit of the panel is what is unpacked while another is multiplied
/* Sums stay in tiles from the first k to the last, for 32 rows x 32 tokens: a store stops the tile unit for 38 cycles, a load for
 * 25, so to leave and come back after 640 k takes a third of its time. The panel is unpacked again for every 32 tokens, beside
 * the products and just ahead of them. A line of 16 rows x 4 k is what tdpbsud wants as a row of its second factor. A slice adds
 * at most 64 * ${code_max} * 127 to a sum. */

/* The tile at w, n tokens. The panel's first unit is there, in `slot`; that of the tile `next`, if there is one, is made. */
EACH_FORM int batch_tile(const uint8_t *w, const uint8_t *next, const int8_t *x, size_t x_stride, int n, int32_t *y,
    uint8_t *scratch, int slot, struct beside *b, int form)
{
    enum { UNIT = ${chunk_slices * 64 * tile} };
    for (int t = 0; t < n; t += 32, x += 32 * x_stride, y += 32 * b->y_stride) {
        int two = n - t > 16, last = t + 32 >= n;
        zero_sums();
        for (int u = 0; u < ${units}; u++, slot ^= UNIT) {
            int after = (u + 1) % ${units};
            b->from = after == 0 && last ? next : w + after * ${unit_bytes};
            b->steps = b->from ? least(${steps} - after * ${chunk}, ${chunk}) : 0;
            b->panel = scratch + (slot ^ UNIT);
            const int8_t *xu = x + u * ${chunk_slices * 1024};
            if (two)
                multiply_unit(scratch + slot, xu, x_stride, ${slices} - u * ${chunk_slices}, b, 1, form);
            else
                multiply_unit(scratch + slot, xu, x_stride, ${slices} - u * ${chunk_slices}, b, 0, form);
        }
        finish(b, FINISHING, form);
        settle();
        store_sums(scratch + DONE, two);
        settle();
        b->sums = scratch + DONE, b->left = least(n - t, 32);
$ if turned then
        b->unturned = two ? 4 : 2;
$ end
        b->token = (const struct token *)(const void *)(scratch + TOKENS) + t;
        b->y = y;
    }
    return slot;
}

/* Rows from .. to - 1, whose tiles begin at w, times up to ${batch.tokens} tokens. As many bytes from `after` on are fetched. */
EACH_FORM void batch_rows(const uint8_t *w, const uint8_t *after, const int8_t *x, size_t x_stride, int n, int from, int to,
    int32_t *y, size_t y_block, uint8_t *scratch, struct beside *b, int form)
{
    int uses = (n + 31) / 32 * ${slices}, slot = 0;
    b->after = after, b->lines = (${tile_bytes // 128} + uses - 1) / uses;
    b->from = w, b->steps = ${chunk}, b->panel = scratch;
    multiply_unit(scratch, x, x_stride, 0, b, 0, form);
    for (int i = from; i < to; i += ${tile}, w += ${tile_bytes})
        slot = batch_tile(w, i + ${tile} < to ? w + ${tile_bytes} : 0, x, x_stride, n,
            y + (size_t)i / Y_BLOCK * y_block + i % Y_BLOCK, scratch, slot, b, form);
    finish(b, FINISHING, form);
}

/* The beginnings of n tokens' headers, which are a line before the values. */
static void copy_tokens(const int8_t *x, size_t x_stride, int n, uint8_t *scratch)
{
    for (int i = 0; i < n; i++)
        memcpy(scratch + TOKENS + i * sizeof(struct token), x + i / 16 * 16 * x_stride + i % 16 * 64 - 1024,
            sizeof(struct token));
}

EACH_FORM void batch_form(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y,
    size_t y_stride, size_t y_block, uint8_t *scratch, const float *w_scale, int form)
{
    _tile_loadconfig(&tiles);
$ if repacked then
    for (int end; from < to; from = end) {
        end = least((from / ${repacked} + 1) * ${repacked}, to);
        const uint8_t *rows = scratch + MOVED;
        repack(w, from, end, scratch + MOVED);
$ else
    if (from < to) {
        int end = to;
        const uint8_t *rows = w + (size_t)(from / ${tile}) * ${tile_bytes};
$ end
        for (int t = 0; t < n; t += ${batch.tokens}) {
            struct beside b = {.y_stride = y_stride, .ahead = y_stride == Y_BLOCK ? 0 : 8 * y_stride, .w_scale = w_scale};
            const int8_t *values = x + (size_t)t * x_stride;
            size_t values_stride = x_stride;
            int some = least(n - t, ${batch.tokens});
            copy_tokens(values, x_stride, some, scratch);
$ if turned then
            turn_values(values, x_stride, some, scratch + MOVED);
            values = (const int8_t *)scratch + MOVED, values_stride = ${64 * slices};
$ end
            batch_rows(rows, rows + ${tile_bytes}, values, values_stride, some, from, end, y + (size_t)t * y_stride, y_block,
                scratch, &b, form);
        }
    }
    _tile_release(); /* idle tiles make every change of threads dearer */
}

static void batch(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y, size_t y_stride,
    uint8_t *scratch)
{
    batch_form(w, x, x_stride, n, from, to, y, y_stride, Y_BLOCK, scratch, 0, SUMS);
}

SCALED(${name}_scaled)
{
    int32_t *to_y = (int32_t *)(void *)y;
    switch (into) {
$ for _, form in ipairs { "INTO_EMPTY", "INTO_SUM", "INTO_GATE" } do
    case ${form}: batch_form(w, x, x_stride, n, from, to, to_y, y_stride, y_block, scratch, w_scale, ${form}); return;
$ end
    }
}
