$ local planes = step_k // 32
$ local lines = 4 * planes             -- of the panel, for half a step
/* Codes of rows i .. i + ${tile - 1}, steps from `step` on, one per byte, as a panel: line ${2 * lines} * s + ${lines} * (n / 4)
 * + 4 * p + n % 4 = plane p of part n, ${tile} rows x 4 k. */
static void expand(const uint8_t *w, int i, int step, int steps, uint8_t *panel)
{
    typedef uint16_t words __attribute__((vector_size(${4 * lanes})));
    w += (size_t)(i / ${tile}) * ${tile_bytes} + (size_t)step * ${step_bytes};
    for (int s = 0; s < steps; s++, panel += ${step_k * tile})
        for (int g = 0; g < ${groups}; g++, w += ${20 * lanes}) {
$ for i = 0, 7 do
            {
                codes c = codes_of(w, ${i});
                words v, plane;
                memcpy(&v, &c, sizeof v);
$   for p = 0, planes - 1 do
                plane = v >> ${2 * p} & 0x0303;
                memcpy(panel + ${4 * tile * (lines * (i // 4) + 4 * p + i % 4)} + ${4 * lanes} * g, &plane, sizeof plane);
$   end
            }
$ end
        }
}
