$ local width, planes = math.min(vec_bytes, 4 * tile), step_k // 4
$ local cut, what = "CODES_IN", "Codes"
$ if planes == 8 then cut, what = "SIGNS_IN", "Codes, 0 or 2," end
/* ${what} of a step of a tile, one per byte: line p = plane p of ${tile} rows x 4 k. */
static inline void expand_step(const uint8_t *w, uint8_t *panel)
{
    typedef uint32_t quads __attribute__((vector_size(${width})));
    quads v, plane;
$ for b = 0, 4 * tile - 1, width do
    memcpy(&v, w + ${b}, sizeof v);
$   for p = 0, planes - 1 do
    plane = ${cut}(v, ${p});
    memcpy(panel + ${4 * tile * p + b}, &plane, sizeof plane);
$   end
$ end
}
