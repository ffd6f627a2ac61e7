/* Codes of `steps` steps of a tile, one per byte, as a panel: line 4 * step + p = plane p, ${tile} rows x 4 k. */
static void expand(const uint8_t *w, int steps, uint8_t *panel)
{
    typedef uint16_t words __attribute__((vector_size(${vec_bytes})));
    for (int s = 0; s < steps; s++, w += ${4 * tile}, panel += ${16 * tile})
        for (int i = 0; i < ${4 * tile}; i += ${vec_bytes}) {
            words v, plane;
            memcpy(&v, w + i, sizeof v);
$ for p = 0, 3 do
            plane = v >> ${2 * p} & 0x0303;
            memcpy(panel + ${4 * tile * p} + i, &plane, sizeof plane);
$ end
        }
}
