$ local width = math.min(vec_bytes, 4 * tile)
/* Codes of rows i .. i + ${tile - 1}, steps from `step` on, one per byte, as a panel: line 4 * s + p = plane p of ${tile} rows
 * x 4 k. */
static void expand(const uint8_t *w, int i, int step, int steps, uint8_t *panel)
{
    typedef uint16_t words __attribute__((vector_size(${width})));
    w += (size_t)(i / ${tile}) * ${tile_bytes} + (size_t)step * ${step_bytes};
    for (int s = 0; s < steps; s++, w += ${4 * tile}, panel += ${16 * tile})
        for (int b = 0; b < ${4 * tile}; b += ${width}) {
            words v, plane;
            memcpy(&v, w + b, sizeof v);
$ for p = 0, 3 do
            plane = v >> ${2 * p} & 0x0303;
            memcpy(panel + ${4 * tile * p} + b, &plane, sizeof plane);
$ end
        }
}
