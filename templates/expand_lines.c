$ local planes = step_k // 32
$ local lines = 4 * planes             -- of the panel, for half a step
/* Codes of a step of a tile, one per byte: line ${lines} * (n / 4) + 4 * p + n % 4 = plane p of part n, ${tile} rows x 4 k. */
static inline void expand_step(const uint8_t *w, uint8_t *panel)
{
    typedef uint32_t quads __attribute__((vector_size(${4 * lanes})));
    for (int g = 0; g < ${groups}; g++, w += ${20 * lanes}) {
$ for i = 0, 7 do
        {
            codes c = codes_of(w, ${i});
            quads v, plane;
            memcpy(&v, &c, sizeof v);
$   for p = 0, planes - 1 do
            plane = CODES_IN(v, ${p});
            memcpy(panel + ${4 * tile * (lines * (i // 4) + 4 * p + i % 4)} + ${4 * lanes} * g, &plane, sizeof plane);
$   end
        }
$ end
    }
}
