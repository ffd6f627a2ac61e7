/* ---- columns as they lie, made tiles of t2 ---- */

$ local function interleave(unit, half)   -- the halves of two vectors, `unit` bytes in turn, within each 16 bytes
$   local list = {}
$   for part = 0, 3 do for b = 0, 15 do
$     list[#list + 1] = b // unit % 2 * 64 + 16 * part + 8 * half + b // (2 * unit) * unit + b % unit
$   end end
$   return join(list, ", ")
$ end
enum {
    REPACKED_ROWS = 256,
    PIECES = ${2 * steps},
};

typedef uint8_t bytes __attribute__((vector_size(64)));
typedef uint32_t quads __attribute__((vector_size(64)));
#ifdef __clang__
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIX(a, b, ...) __builtin_shuffle(a, b, (bytes){__VA_ARGS__})
#endif

/* 64 bytes of column k; behind the last one, where activations are 0, that one again. The column 64 later is fetched. */
static inline bytes column(const uint8_t *w, int k)
{
    bytes v;
    __builtin_prefetch(w + (size_t)(k + 64) * ${rows_pad // 4}, 0, 2);
    memcpy(&v, w + (size_t)(k < ${k_pad} ? k : ${k_pad - 1}) * ${rows_pad // 4}, sizeof v);
    return v;
}

/* A step of every second tile of 256 rows. Byte 16 m + 4 j + e of a column is row 64 p + 16 j + 4 m + e in plane p: four columns
 * interleaved are vectors of 16 rows x 4 k for each j, whose planes of rows then become planes of k. */
$ for half, name in ipairs { "even", "odd" } do
static inline void repack_${name}(const uint8_t *w, int step, uint8_t *tiles)
{
$   for q = 0, 3 do
    quads v${q}_0, v${q}_1;
    {
$     for i = 0, 3 do
        bytes c${i} = column(w, 16 * step + ${4 * q + i});
$     end
        bytes c01 = MIX(c0, c1, ${interleave(1, half - 1)}), c23 = MIX(c2, c3, ${interleave(1, half - 1)});
        v${q}_0 = (quads)MIX(c01, c23, ${interleave(2, 0)});
        v${q}_1 = (quads)MIX(c01, c23, ${interleave(2, 1)});
    }
$   end
$   for p = 0, 3 do for g = 0, 1 do
    store(tiles + ${(2 * p + half - 1) * tile_bytes} + step * ${step_bytes} + ${64 * g},
        (vec)(MOVED_TO(v0_${g}, ${p}, 0) | MOVED_TO(v1_${g}, ${p}, 1) | MOVED_TO(v2_${g}, ${p}, 2) | MOVED_TO(v3_${g}, ${p}, 3)));
$   end end
}

$ end
/* Of the 256 rows from `row` on, side by side. */
static inline void repack_piece(const uint8_t *w, int row, int piece, uint8_t *tiles)
{
    if (piece % 2 == 0)
        repack_even(w + row / 4, piece / 2, tiles);
    else
        repack_odd(w + row / 4, piece / 2, tiles);
}
