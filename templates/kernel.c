${banner}
$ for _, header in ipairs(includes) do
#include ${header}
$ end
#include "kernel.h"

/* ${tile} rows per tile, ${steps} steps of ${step_k} k, ${unroll} of them written out; |sum of code * q| <= ${bound} */

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
$   local several = at_once > tile      -- tiles whose panels are made at once
$   local rows, block = several and "rows" or tile, batch.fetch and "block_and_fetch" or "block"
$   local panel, to = "scratch", "y + i"
$   if several then panel, to = ("(uint8_t *)scratch + j * %d"):format(panel_bytes // tile), "y + i + j" end
        for (int i = from${several and ", rows" or ""}; i < to; i += ${rows}) {
$   if several then
            rows = ${at_once} - i % ${at_once} < to - i ? ${at_once} - i % ${at_once} : to - i;
$   end
            for (int step = 0; step < ${steps}; step += ${chunk}) {
                int steps = ${steps} - step < ${chunk} ? ${steps} - step : ${chunk};
$   if batch.fetch then
                const uint8_t *next = packed_at(w, step + steps < ${steps} ? i : i + ${rows}, (step + steps) % ${steps});
$   end
                expand(w, i, ${several and "rows, " or ""}step, steps, scratch);
$   local indent = "                "
$   if several then indent = indent .. "    "
                for (int j = 0; j < rows; j += ${tile})
$   end
$   local next = batch.fetch and ", next" or ""
$   if several and batch.fetch then next = (", next + j * %d / %d * %d"):format(chunk, at_once, rows_pad) end
$   local line = several and ",\n    " .. indent or ", "
${indent}${block}(${panel}, steps * ${step_k // 4}, x + step * ${step_k}, x_stride, n, step == 0, ${to}${line}y_stride${next});
            }
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
