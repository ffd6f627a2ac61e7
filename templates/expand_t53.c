/* Codes of a step of a tile, one per byte: line p = plane p of ${tile} rows x 4 k. */
static inline void expand_step(const uint8_t *w, uint8_t *panel)
{
    vec v;
$ for g = 0, groups - 1 do
    v = codes_of(w, ${g});
$   for p = 0, 2 do
    store(panel + ${4 * (tile * p + lanes * g)}, CODES_IN(v, ${p}));
$   end
$ end
}
