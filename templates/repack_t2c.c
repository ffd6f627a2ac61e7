/* ---- columns as they lie, made tiles of t2 ---- */

$ local steps = (k + 15) // 16           -- of t2
$ local function interleave(unit, half)   -- the halves of two vectors, `unit` bytes in turn, within each 16 bytes
$   local list = {}
$   for part = 0, 3 do for b = 0, 15 do
$     list[#list + 1] = b // unit % 2 * 64 + 16 * part + 8 * half + b // (2 * unit) * unit + b % unit
$   end end
$   return numbers(list, " \\")
$ end
typedef uint8_t bytes __attribute__((vector_size(64)));
typedef uint32_t quads __attribute__((vector_size(64)));
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

/* 64 bytes of column k; behind the last one, where activations are 0, that one again. The column 64 later is fetched. */
static inline bytes column(const uint8_t *w, int k)
{
    bytes v;
    __builtin_prefetch(w + (size_t)(k + 64) * ${rows_pad // 4});
    memcpy(&v, w + (size_t)(k < ${k_pad} ? k : ${k_pad - 1}) * ${rows_pad // 4}, sizeof v);
    return v;
}

/* Step s of tiles from .. to - 1 of t2, which are within one block of 256 rows. Byte 16 m + 4 j + e of a column is row
 * 64 p + 16 j + 4 m + e in plane p: four columns interleaved are vectors of 16 rows x 4 k for each j, whose planes of rows then
 * become planes of k. */
static inline void repack_block(const uint8_t *w, int s, int from, int to, uint8_t *tiles)
{
$ for q = 0, 3 do
    quads v${q}_0, v${q}_1, v${q}_2, v${q}_3;
    {
$   for i = 0, 3 do
        bytes c${i} = column(w, 16 * s + ${4 * q + i});
$   end
        bytes low01 = LOW_BYTES(c0, c1), low23 = LOW_BYTES(c2, c3);
        bytes high01 = HIGH_BYTES(c0, c1), high23 = HIGH_BYTES(c2, c3);
        v${q}_0 = (quads)LOW_PAIRS(low01, low23);
        v${q}_1 = (quads)HIGH_PAIRS(low01, low23);
        v${q}_2 = (quads)LOW_PAIRS(high01, high23);
        v${q}_3 = (quads)HIGH_PAIRS(high01, high23);
    }
$ end
$ for i = 0, 7 do local p, j = i // 2, i % 2 * 2
    if (from <= ${i} && ${i} < to) {
$   for g = 0, 1 do
        quads t${g} = MOVED_TO(v0_${j + g}, ${p}, 0) | MOVED_TO(v1_${j + g}, ${p}, 1) | MOVED_TO(v2_${j + g}, ${p}, 2);
        store(tiles + ${i * steps * 4 * tile + g * 64}, (vec)(t${g} | MOVED_TO(v3_${j + g}, ${p}, 3)));
$   end
    }
$ end
}

/* Rows from .. to - 1 as tiles of t2, side by side; columns are read in order of address. */
static void repack(const uint8_t *w, int from, int to, uint8_t *tiles)
{
    for (int s = 0; s < ${steps}; s++)
        for (int block = from / 256; 256 * block < to; block++)
            repack_block(w + 64 * block, s, (from - 256 * block) / ${tile}, (to - 256 * block) / ${tile},
                tiles + (ptrdiff_t)(256 * block - from) * ${4 * steps} + s * ${4 * tile});
}
