/* Codes of `steps` steps of a tile, one per byte, as a panel: line 3 * step + p = plane p, ${tile} rows x 4 k. */
static void expand(const uint8_t *w, int steps, uint8_t *panel)
{
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
