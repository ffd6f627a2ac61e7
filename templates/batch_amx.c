$ local slices = (k + 63) // 64                    -- a slice is 64 k: what one tile operation takes
$ local units = (steps + chunk - 1) // chunk       -- a unit of the panel is what is unpacked while another is multiplied
$ local share = (chunk + chunk_slices - 1) // chunk_slices         -- of its steps, per slice
/* Sums stay in tiles from the first k to the last, for 32 rows x 32 tokens: a store stops the tile unit for 38 cycles, a load for
 * 25, so to leave and come back after 640 k takes a third of its time. The panel is unpacked again for every 32 tokens, beside
 * the products and just ahead of them. A line of 16 rows x 4 k is what tdpbsud wants as a row of its second factor. A slice adds
 * at most 64 * ${code_max} * 127 to a sum. */

/* sums += codes * values for 64 k, 32 rows and 16 tokens, or 32. Values come from the second-level cache (hint T1), once. Tiles
 * are loaded before all products, and everything else is cut to pieces, so that each tile instruction has some behind it: where
 * another thread of the core uses tiles as well, a slice takes 78 ns, with the pieces in a row behind the products 111. */
static inline __attribute__((always_inline)) void multiply(const uint8_t *panel, const int8_t *x, size_t x_stride, int two,
    struct beside *b, int step)
{
$ -- what is beside a slice: written out, for a loop would be guessed wrong at its end, and stop everything
$ local pieces = { "fetch(b)", ("finish(b, %d)"):format((32 + slices - 1) // slices) }
$ for s = 0, share - 1 do pieces[#pieces + 1] = ("unpack(b, step + %d)"):format(s) end
$ local instructions = { "_tile_loadd(6, panel, 128)", "_tile_stream_loadd(4, x, 64)", "_tile_loadd(7, panel + 64, 128)",
$   "_tile_stream_loadd(5, x + 16 * x_stride, 64)", "_tile_dpbsud(0, 4, 6)", "_tile_dpbsud(1, 4, 7)",
$   "_tile_dpbsud(2, 5, 6)", "_tile_dpbsud(3, 5, 7)" }
$ local done = 0
$ for i, instruction in ipairs(instructions) do
$   if instruction:find "5," then
    if (two)
        ${instruction};
$   else
    ${instruction};
$   end
    settle();
$   while done < #pieces * i // #instructions do done = done + 1
    ${pieces[done]};
$   end
    settle();
$ end
}

/* The products of a unit of up to ${chunk_slices} slices. */
static inline void multiply_unit(const uint8_t *panel, const int8_t *x, size_t x_stride, int count, int two, struct beside *b)
{
    int step = 0;
$ for i = 0, chunk_slices - 1 do
    if (${i} < count) {
        multiply(panel + ${i * 64 * tile}, x + ${i * 1024}, x_stride, two, b, step);
        step += ${share};
    }
$ end
    for (; step < b->steps; step++)
        unpack(b, step);
    settle();
}

/* ${tile} rows, n tokens. The panel's first unit is there, in `slot`; that of the rows that follow, if they do, is made. */
static int batch_tile(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int follow, int32_t *y, uint8_t *scratch,
    int slot, struct beside *b)
{
    enum { UNIT = ${chunk_slices * 64 * tile} };
    b->after = w + ${tile_bytes};
    for (int t = 0; t < n; t += 32, x += 32 * x_stride, y += 32 * b->y_stride) {
        int two = n - t > 16, last = t + 32 >= n;
        zero_sums();
        for (int u = 0; u < ${units}; u++, slot ^= UNIT) {
            int next = (u + 1) % ${units}, left = ${steps} - next * ${chunk};
            b->from = w + (next == 0 && last ? ${tile_bytes} : next * ${chunk * step_bytes});
            b->steps = left < ${chunk} ? left : ${chunk};
            if (next == 0 && last && !follow)
                b->steps = 0;
            b->panel = scratch + (slot ^ UNIT);
            multiply_unit(scratch + slot, x + u * ${chunk_slices * 1024}, x_stride, ${slices} - u * ${chunk_slices}, two, b);
        }
        finish(b, 32);
        settle();
        store_sums(scratch + DONE, two);
        settle();
        b->sums = scratch + DONE, b->left = n - t < 32 ? n - t : 32;
        b->token = (const struct token *)(const void *)(scratch + TOKENS) + t;
        b->y = y;
    }
    return slot;
}

/* w_scale: NULL, or y becomes f32, sum / the token's scale * *w_scale */
static void batch(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y, size_t y_stride,
    uint8_t *scratch, const float *w_scale)
{
    _tile_loadconfig(&tiles);
    for (int t = 0; t < n; t += ${batch.tokens}) {
        const int8_t *xt = x + (size_t)t * x_stride;
        int now = n - t < ${batch.tokens} ? n - t : ${batch.tokens}, uses = (now + 31) / 32 * ${slices}, slot = 0;
        const uint8_t *tile = w + (size_t)(from / ${tile}) * ${tile_bytes};
        struct beside b = {.from = tile, .panel = scratch, .y_stride = y_stride, .w_scale = w_scale};
        b.steps = from < to ? ${chunk} : 0;
        b.lines = (${tile_bytes // 128} + uses - 1) / uses;
        for (int i = 0; i < now; i++) /* the beginning of the header, which is a line before the values */
            memcpy(scratch + TOKENS + i * sizeof(struct token), xt + i / 16 * 16 * x_stride + i % 16 * 64 - 1024,
                sizeof(struct token));
        multiply_unit(scratch, xt, x_stride, 0, 0, &b);
        for (int i = from; i < to; i += ${tile}, tile += ${tile_bytes})
            slot = batch_tile(tile, xt, x_stride, now, i + ${tile} < to, y + (size_t)t * y_stride + i, scratch, slot, &b);
        finish(&b, 32);
    }
    _tile_release(); /* idle tiles make every change of threads dearer */
}

SCALED(${name}_scaled)
{
    batch(w, x, x_stride, n, from, to, (int32_t *)(void *)y, y_stride, scratch, w_scale);
}
