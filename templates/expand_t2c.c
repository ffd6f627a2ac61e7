/* ---- columns as they lie, interleaved into panels ---- */

$ local parts = math.max(1, math.min(vec_bytes, tile * 4) // 16)    -- of 16 bytes, side by side in a vector
$ local sets = math.max(1, tile // 16)                             -- of 16 rows each in a tile
$ local function interleave(unit, half)           -- the halves of two vectors, `unit` bytes in turn, within each 16 bytes
$   local list = {}
$   for part = 0, parts - 1 do for b = 0, 15 do
$     list[#list + 1] = b // unit % 2 * 16 * parts + 16 * part + 8 * half + b // (2 * unit) * unit + b % unit
$   end end
$   return join(list, ", ")
$ end
typedef uint8_t bytes __attribute__((vector_size(${16 * parts})));
typedef uint32_t quads __attribute__((vector_size(${16 * parts})));
#ifdef __clang__
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIX(a, b, ...) __builtin_shuffle(a, b, (bytes){__VA_ARGS__})
#endif

static inline bytes load_bytes(const uint8_t *p)
{
    bytes v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Codes of rows i .. i + ${tile - 1}, steps from `step` on, one per byte, as a panel: a line per step, ${tile} rows x 4 k. Of 16
 * bytes of a column, byte 4j + e is row 16j + e of each of four planes; loads begin at the first j wanted, so up to 12 bytes
 * behind the last column are read and not used. */
static void expand(const uint8_t *w, int i, int step, int steps, uint8_t *panel)
{
    int plane = i / 64 % 4;
    w += (size_t)step * ${rows_pad} + (size_t)(i / 256 * 64 + i / 16 % 4 * 4 + i / 4 % 4 * 16);
    for (int s = 0; s < steps; s++, w += ${rows_pad}, panel += ${4 * tile})
        for (int b = 0; b < ${math.min(64, 4 * tile)}; b += ${16 * parts}) {
            bytes c0 = load_bytes(w + b), c1 = load_bytes(w + b + ${rows_pad // 4});
            bytes c2 = load_bytes(w + b + ${rows_pad // 2}), c3 = load_bytes(w + b + ${3 * rows_pad // 4});
            quads rows;
            bytes low01 = MIX(c0, c1, ${interleave(1, 0)}), low23 = MIX(c2, c3, ${interleave(1, 0)});
$ if sets > 2 then
            bytes high01 = MIX(c0, c1, ${interleave(1, 1)}), high23 = MIX(c2, c3, ${interleave(1, 1)});
$ end
$ for j = 0, sets - 1 do local half = j < 2 and "low" or "high"
            rows = CODES_IN((quads)MIX(${half}01, ${half}23, ${interleave(2, j % 2)}), plane);
            memcpy(panel + ${64 * j} + b, &rows, sizeof rows);
$ end
        }
}
