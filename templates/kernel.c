${banner}
$ for _, header in ipairs(includes) do
#include ${header}
$ end
#include "kernel.h"

/* ${tile} rows per tile, ${steps} steps of ${step_k} k, ${unroll} of them written out; |sum of code * q| <= ${bound} */

$ local several = batch and at_once > tile      -- tiles whose panels are made at once
$ local rows = several and "rows" or tile
$ local block = batch and batch.fetch and "block_and_fetch" or "block"
$ -- A panel is made of n steps from `step` on, and its lines multiplied with the tokens at x; next: what is unpacked after it
$ local function write_panel(indent, step, n, lines, x, first, next)
$   if batch.fetch then
${indent}const uint8_t *next = ${next};
$   end
$   if several then
${indent}expand(w, i, rows, ${step}, ${n}, scratch);
${indent}for (int j = 0; j < rows; j += ${tile})
${indent}    ${block}((uint8_t *)scratch + j * ${panel_bytes // tile}, ${lines}, ${x}, x_stride, n, ${first}, y + i + j,
${indent}        y_stride${batch.fetch and (", next + j * %d / %d * %d"):format(chunk, at_once, rows_pad) or ""});
$   else
${indent}expand(w, i, ${step}, ${n}, scratch);
${indent}${block}(scratch, ${lines}, ${x}, x_stride, n, ${first}, y + i, y_stride${batch.fetch and ", next" or ""});
$   end
$ end
${pieces}
GEMM(${name})
{
$ if batch and batch.tiled then
    if (n >= ${min}) {
        batch(w, x, x_stride, n, from, to, y, y_stride, scratch);
        return;
    }
$ elseif batch then
$   if tables then
    if (n >= ${tables.min} && to - from >= 128) {
        int few = n % 32 < ${tables.min} ? n % 32 : 0;
        n -= few;
        many(w, x, x_stride, n, from, to, y, y_stride, scratch);
        x += (size_t)n * x_stride;
        y += (size_t)n * y_stride;
        n = few;
    }
$   end
    if (n >= ${min}) {
        for (int i = from${several and ", rows" or ""}; i < to; i += ${rows}) {
$   if several then
            rows = ${at_once} - i % ${at_once} < to - i ? ${at_once} - i % ${at_once} : to - i;
$   end
$   if chunk == steps then
$     write_panel("            ", "0", steps, steps * step_k // 4, "x", "1", ("packed_at(w, i + %s, 0)"):format(rows))
$   else
            for (int step = 0; step < ${steps}; step += ${chunk}) {
                int steps = ${steps} - step < ${chunk} ? ${steps} - step : ${chunk};
$     write_panel("                ", "step", "steps", ("steps * %d"):format(step_k // 4), ("x + step * %d"):format(step_k),
$       "step == 0", ("packed_at(w, step + steps < %d ? i : i + %s, (step + steps) %% %d)"):format(steps, rows, steps))
            }
$   end
        }
        return;
    }
$ end
$ if not list then
    (void)scratch;
    for (int i = from; i < to; i += ${tile})
        for (int t = 0; t < n; t++)
            tile_1(w + (size_t)(i / ${tile}) * ${tile_bytes}, x + (size_t)t * x_stride, y + (size_t)t * y_stride + i);
$ end
}
