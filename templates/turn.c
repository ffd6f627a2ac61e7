/* ---- 16 lines of 16 quads turned: element j of line i becomes element i of line j ---- */

$ local function index(from)              -- of the elements that a stage takes
$   local list = {}
$   for i = 1, 16 do list[i] = from(i - 1) end
$   return join(list, ", ")
$ end
typedef uint32_t quads __attribute__((vector_size(64)));
#ifdef __clang__
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIX(a, b, ...) __builtin_shuffle(a, b, (quads){__VA_ARGS__})
#endif

/* Lines are `stride` bytes apart, where they come from as where they go to, which may be the same place. */
static inline void turn(const uint8_t *from, uint8_t *to, size_t stride)
{
$ local names, width, stage = {}, 1, 0
$ for r = 0, 15 do names[r] = "a" .. r
    quads a${r};
    memcpy(&a${r}, from + ${r} * stride, sizeof a${r});
$ end
$ while width < 16 do stage = stage + 1
$   for r = 0, 15 do if r // width % 2 == 0 then local x, y = names[r], names[r + width]
$     local first = index(function(e) return e // width % 2 == 0 and e or e - width + 16 end)
$     local second = index(function(e) return e // width % 2 == 0 and e + width or e + 16 end)
    quads s${stage}_${r} = MIX(${x}, ${y}, ${first});
    quads s${stage}_${r + width} = MIX(${x}, ${y}, ${second});
$   end end
$   for r = 0, 15 do names[r] = ("s%d_%d"):format(stage, r) end
$   width = 2 * width
$ end
$ for r = 0, 15 do
    memcpy(to + ${r} * stride, &${names[r]}, sizeof ${names[r]});
$ end
}

/* Values in tile order, 16 tokens x 64 k, as the second factor: 16 x 4 k of 16 tokens. Sixteens of tokens follow each other. */
static void turn_values(const int8_t *x, size_t x_stride, int n, uint8_t *to)
{
    for (int t = 0; t < n; t += 16)
        for (int s = 0; s < ${(k + 63) // 64}; s++, to += 1024)
            turn((const uint8_t *)x + (size_t)t * x_stride + s * 1024, to, 64);
}
