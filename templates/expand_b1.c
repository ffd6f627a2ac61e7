/* Codes, 0 or 2, of rows i .. i + ${tile - 1}, steps from `step` on, one per byte, as a panel: line 8 * s + p = plane p of
 * ${tile} rows x 4 k. */
static void expand(const uint8_t *w, int i, int step, int steps, uint8_t *panel)
{
    typedef uint16_t words __attribute__((vector_size(${vec_bytes})));
    w += (size_t)(i / ${tile}) * ${tile_bytes} + (size_t)step * ${step_bytes};
    for (int s = 0; s < steps; s++, w += ${4 * tile}, panel += ${32 * tile})
        for (int b = 0; b < ${4 * tile}; b += ${vec_bytes}) {
            words v, plane;
            memcpy(&v, w + b, sizeof v);
$ for p = 0, 7 do
            plane = v ${p > 0 and (">> %d"):format(p - 1) or "<< 1"} & 0x0202;
            memcpy(panel + ${4 * tile * p} + b, &plane, sizeof plane);
$ end
        }
}
