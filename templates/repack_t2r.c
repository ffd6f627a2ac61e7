/* ---- rows as they lie, made tiles of t2 ---- */

$ local steps = (k + 15) // 16            -- of t2
$ local function index(from)              -- of the elements that a stage of the transposition takes
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

/* 16 rows x 256 k as part of a tile of t2, at most `left` steps of it. 64 bytes of a row are four planes of 64 k: they are
 * transposed as they lie, to vectors of 16 rows x 4 k in each plane, and a plane of each of four makes one vector of 16 k. */
static inline void repack_16(const uint8_t *from, int left, uint8_t *to)
{
$ local names, width, stage = {}, 1, 0
$ for r = 0, 15 do names[r] = "a" .. r
    quads a${r};
    memcpy(&a${r}, from + ${r * (k_pad // 4)}, sizeof a${r});
    __builtin_prefetch(from + ${(r + 16) * (k_pad // 4)});
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
$ for s = 0, 15 do local v, p = 4 * (s % 4), s // 4
    if (${s} < left) {
        quads t = MOVED_TO(${names[v]}, ${p}, 0) | MOVED_TO(${names[v + 1]}, ${p}, 1) | MOVED_TO(${names[v + 2]}, ${p}, 2);
        store(to + ${s * 4 * tile}, (vec)(t | MOVED_TO(${names[v + 3]}, ${p}, 3)));
    }
$ end
}

/* Rows from .. to - 1 as tiles of t2, side by side. */
static void repack(const uint8_t *w, int from, int to, uint8_t *tiles)
{
    for (int i = from; i < to; i += 16) {
        uint8_t *tile = tiles + (size_t)((i - from) / ${tile}) * ${4 * tile * steps} + i % ${tile} * 4;
        for (int b = 0; b < ${k_pad // 4}; b += 64)
            repack_16(w + (size_t)i * ${k_pad // 4} + b, ${steps} - b / 4, tile + b / 64 * ${64 * tile});
    }
}
