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
$ local times, more = "block", ""
$ if batch.fetch then times, more = "block_and_fetch", ", next" end
$ if at_once > tile then
        for (int i = from, rows; i < to; i += rows) {
            rows = ${at_once} - i % ${at_once} < to - i ? ${at_once} - i % ${at_once} : to - i;
            for (int step = 0; step < ${steps}; step += ${chunk}) {
                int steps = ${steps} - step < ${chunk} ? ${steps} - step : ${chunk};
                expand(w, i, rows, step, steps, scratch);
                for (int j = 0; j < rows; j += ${tile}) {
$   if batch.fetch then
                    const uint8_t *next = packed_at(w, step + steps < ${steps} ? i : i + rows,
                        (step + steps) % ${steps} + j * ${chunk} / ${at_once});
$   end
                    ${times}((uint8_t *)scratch + j * ${panel_bytes // tile}, steps * ${step_k // 4}, x + step * ${step_k},
                        x_stride, n, step == 0, y + i + j, y_stride${more});
                }
            }
        }
$ else
        for (int i = from; i < to; i += ${tile})
            for (int step = 0; step < ${steps}; step += ${chunk}) {
                int steps = ${steps} - step < ${chunk} ? ${steps} - step : ${chunk};
$   if batch.fetch then
                const uint8_t *next = packed_at(w, step + steps < ${steps} ? i : i + ${tile}, (step + steps) % ${steps});
$   end
                expand(w, i, step, steps, scratch);
                ${times}(scratch, steps * ${step_k // 4}, x + step * ${step_k}, x_stride, n, step == 0, y + i, y_stride${more});
            }
$ end
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
