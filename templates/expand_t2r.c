/* ---- rows as they lie, transposed into panels ---- */

$ local rows = math.min(vec_bytes // 4, tile)     -- rows that are transposed together
$ local function index(from)                      -- of the elements that a stage of the transposition takes
$   local list = {}
$   for i = 1, rows do list[i] = from(i - 1) end
$   return join(list, ", ")
$ end
typedef uint32_t quads __attribute__((vector_size(${4 * rows})));
#ifdef __clang__
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIX(a, b, ...) __builtin_shuffle(a, b, (quads){__VA_ARGS__})
#endif

/* Codes of rows i .. i + ${tile - 1}, steps from `step` on, one per byte, as a panel: 64 lines per step, ${tile} rows x 4 k. Four
 * bytes of a row are four k in each of four planes: the quads of ${rows} rows are transposed as they lie, then cut into
 * planes. */
static void expand(const uint8_t *w, int i, int step, int steps, uint8_t *panel)
{
    w += (size_t)i * ${k_pad // 4} + (size_t)step * 64;
    for (int s = 0; s < steps; s++, w += 64, panel += ${256 * tile})
        for (int row = 0; row < ${tile}; row += ${rows})
            for (int b = 0; b < 64; b += ${4 * rows}) {
                const uint8_t *from = w + (size_t)row * ${k_pad // 4} + b;
                uint8_t *to = panel + b * ${tile} + 4 * row;
                quads plane;
$ for r = 0, rows - 1 do
                quads a${r};
                memcpy(&a${r}, from + ${r * (k_pad // 4)}, sizeof a${r});
$ end
$ local width, names = 1, {}
$ for r = 0, rows - 1 do names[r] = "a" .. r end
$ local stage = 0
$ while width < rows do stage = stage + 1
$   for r = 0, rows - 1 do if r // width % 2 == 0 then local x, y = names[r], names[r + width]
$     local first = index(function(e) return e // width % 2 == 0 and e or e - width + rows end)
$     local second = index(function(e) return e // width % 2 == 0 and e + width or e + rows end)
                quads s${stage}_${r} = MIX(${x}, ${y}, ${first});
                quads s${stage}_${r + width} = MIX(${x}, ${y}, ${second});
$   end end
$   for r = 0, rows - 1 do names[r] = ("s%d_%d"):format(stage, r) end
$   width = 2 * width
$ end
$ for r = 0, rows - 1 do for p = 0, 3 do
                plane = CODES_IN(${names[r]}, ${p});
                memcpy(to + ${(16 * p + r) * 4 * tile}, &plane, sizeof plane);
$ end end
            }
}
