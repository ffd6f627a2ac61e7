/* Codes of rows i .. i + ${tile - 1}, steps from `step` on, one per byte, as a panel: line 3 * s + p = plane p of ${tile} rows
 * x 4 k. */
static void expand(const uint8_t *w, int i, int step, int steps, uint8_t *panel)
{
    w += (size_t)(i / ${tile}) * ${tile_bytes} + (size_t)step * ${step_bytes};
    for (int s = 0; s < steps; s++, w += ${step_bytes}, panel += ${12 * tile}) {
        vec v;
$ for g = 0, groups - 1 do
        v = codes_of(w, ${g});
$   for p = 0, 2 do
        store(panel + ${4 * (tile * p + lanes * g)}, v >> ${2 * p} & 0x03030303);
$   end
$ end
    }
}
