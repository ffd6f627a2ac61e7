/* 64 bytes of a row, four planes of 64 k, as its lines of four slices: each has ${tile} rows x 64 k. */
static inline void expand_step(const uint8_t *w, uint8_t *panel)
{
    typedef uint8_t bytes __attribute__((vector_size(64)));
    bytes v, plane;
    memcpy(&v, w, sizeof v);
$ for p = 0, 3 do
    plane = CODES_IN(v, ${p});
    memcpy(panel + ${64 * tile * p}, &plane, sizeof plane);
$ end
}
