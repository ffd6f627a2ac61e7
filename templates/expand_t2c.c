/* ---- columns as they lie, interleaved into panels ---- */

$ local parts = math.max(1, math.min(vec_bytes, tile * 4) // 16)    -- of 16 bytes, side by side in a vector
$ local function interleave(unit, half)           -- the halves of two vectors, `unit` bytes in turn, within each 16 bytes
$   local list = {}
$   for part = 0, parts - 1 do for b = 0, 15 do
$     list[#list + 1] = b // unit % 2 * 16 * parts + 16 * part + 8 * half + b // (2 * unit) * unit + b % unit
$   end end
$   return numbers(list, " \\")
$ end
typedef uint8_t bytes __attribute__((vector_size(${16 * parts})));
typedef uint32_t quads __attribute__((vector_size(${16 * parts})));
#ifdef __clang__
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIX(a, b, ...) __builtin_shuffle(a, b, (bytes){__VA_ARGS__})
#endif

/* Of two vectors bytes in turn, or pairs of bytes: of the lower and of the upper half of each 16 bytes */
#define LOW_BYTES(a, b) MIX(a, b, ${interleave(1, 0)})
#define HIGH_BYTES(a, b) MIX(a, b, ${interleave(1, 1)})
#define LOW_PAIRS(a, b) MIX(a, b, ${interleave(2, 0)})
#define HIGH_PAIRS(a, b) MIX(a, b, ${interleave(2, 1)})

static inline bytes load_bytes(const uint8_t *p)
{
    bytes v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Codes of rows i .. i + rows - 1, within one block of ${at_once}, steps from `step` on, one per byte, as panels, tile after
 * tile: a line per step, ${tile} rows x 4 k. Byte 16L + 4j + e of a column is row 64p + 16j + 4L + e of 256 in plane p: of four
 * columns interleaved each plane is ${4 * parts} rows, and columns are read once for all tiles. */
static void expand(const uint8_t *w, int i, int rows, int step, int steps, uint8_t *panels)
{
    int from = i % ${at_once}, to = from + rows;
    w += (size_t)step * ${rows_pad} + (size_t)(i / ${at_once} * 64);
    for (uint8_t *panel = panels - from * ${panel_bytes // tile}; steps > 0; steps--, w += ${rows_pad}, panel += ${4 * tile}) {
        quads plane;
$ for b = 0, 63, 16 * parts do
        {
            bytes c0 = load_bytes(w + ${b}), c1 = load_bytes(w + ${b + rows_pad // 4});
            bytes c2 = load_bytes(w + ${b + rows_pad // 2}), c3 = load_bytes(w + ${b + 3 * rows_pad // 4});
            bytes low01 = LOW_BYTES(c0, c1), low23 = LOW_BYTES(c2, c3);
            bytes high01 = HIGH_BYTES(c0, c1), high23 = HIGH_BYTES(c2, c3);
$   for j = 0, 3 do local half = j < 2 and "low" or "high"
            quads v${j} = (quads)${j % 2 == 0 and "LOW" or "HIGH"}_PAIRS(${half}01, ${half}23);
$   end
$   local opened
$   for row = 0, 255, 16 do local at = row + b // 4 local first = at // tile * tile
$     if opened ~= first then
$       if opened then
            }
$       end opened = first
            if (from <= ${first} && ${first} < to) {
$     end
                plane = CODES_IN(v${row // 16 % 4}, ${row // 64});
                memcpy(panel + ${at // tile * panel_bytes + at % tile * 4}, &plane, sizeof plane);
$   end
            }
        }
$ end
    }
}
