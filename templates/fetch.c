/* ---- what is unpacked next comes to the second-level cache while panels are multiplied ---- */

$ -- Lines of 64 bytes that `expand` reads of a panel, those that lie side by side, and from one such piece to the next
$ local lines, together, stride = (chunk * step_bytes + 63) // 64, 1, 64
$ if list == "rows" then lines, together, stride = chunk * tile, chunk, k_pad // 4 end
$ if list == "columns" then lines, stride = chunk * step_k * tile // at_once, rows_pad // 4 end
$ local at = ("line * %d"):format(stride)
$ if together > 1 then at = ("line / %d * %d + line %% %d * 64"):format(together, stride, together) end
/* Where what is packed of rows i .. and the steps from `step` on begins */
static inline const uint8_t *packed_at(const uint8_t *w, int i, int step)
{
$ if list == "rows" then
    return w + (size_t)i * ${k_pad // 4} + (size_t)step * 64;
$ elseif list == "columns" then
    return w + (size_t)step * ${rows_pad} + (size_t)(i / ${at_once} * 64);
$ else
    return w + (size_t)(i / ${tile}) * ${tile_bytes} + (size_t)step * ${step_bytes};
$ end
}

/* `block`, and what `expand` reads next, ${lines} lines from `next` on, comes to the second level meanwhile, some with each
 * ${batch.fetch} tokens: more than a core can wait for at once would keep x and y waiting. (128 tokens: t53 and t2 take 3 % less,
 * t2r 5 to 7, t2c 2; avx2 with 16 tokens: 8, 22 and 16.) */
static void block_and_fetch(const uint8_t *panel, int lines, const int8_t *x, size_t x_stride, int n, int first, int32_t *y,
    size_t y_stride, const uint8_t *next)
{
    for (int t = 0, line = 0; t < n; t += ${batch.fetch}) {
        int now = n - t < ${batch.fetch} ? n - t : ${batch.fetch};
        for (; line < ${lines} * (t + now) / n; line++)
            __builtin_prefetch(next + ${at}, 0, 2);
        block(panel, lines, x + (size_t)t * x_stride, x_stride, now, first, y + (size_t)t * y_stride, y_stride);
    }
}
