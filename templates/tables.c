/* ---- many tokens: no products, but sums of four activations that are looked up ----
 * A panel line has four codes of each row: 81 combinations. All 81 sums of (code - 1) * x of four k are made once, and each row
 * adds the one it needs: an addition for four weights, where vpmaddubsw needs two products and two additions. 32 tokens lie
 * side by side. The tables of 16 k are 20 KB and stay in the first-level cache. (Of 32 k: 3 to 8 % less time where the cache has
 * 48 KB; with as much too much for it as they would be for one of 32 KB, 10 to 20 % more.) */

$ local lines, most_rows = tables.lines, tables.rows
$ local function interleave(size, upper)
$   local list, n = {}, 16 // size
$   for i = 0, 2 * n - 1 do list[#list + 1] = i % 2 * 2 * n + i // n * n + upper * n // 2 + i % n // 2 end
$   return numbers(list, " \\")
$ end
typedef int8_t int8x32 __attribute__((vector_size(32)));
typedef int16_t int16x16 __attribute__((vector_size(32)));
typedef int32_t int32x8 __attribute__((vector_size(32)));
typedef uint32_t uint32x8 __attribute__((vector_size(32)));
#ifdef __clang__
#define TURN(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define TURN(a, b, ...) __builtin_shuffle(a, b, (__typeof__(a)){__VA_ARGS__})
#endif

/* Elements of two vectors in turn: of the lower and of the upper half of each 16 bytes */
$ for _, bits in ipairs { 8, 16, 32 } do
#define LOWER${bits}(a, b) TURN(a, b, ${interleave(bits // 8, 0)})
#define UPPER${bits}(a, b) TURN(a, b, ${interleave(bits // 8, 1)})
$ end

typedef int16_t row_sums[32]; /* of one row and 32 tokens */

/* Places: where in `sums` a row's sums are, for each line of four, of the first 16 tokens. Room for 32 rows more, or what is
 * found for a tile has few sets of the cache. A row's sum is 256 * high + low. */
struct tables {
    int16_t sums[4][2][81][16];
    int8_t x[${4 * lines}][32];
    uint8_t panel[${tables.panel}];
    uint16_t places[${lines // 4}][${most_rows + 32}][4];
    row_sums low[4][${most_rows}], high[4][${most_rows}];
};

/* to[k][t] = x of 16 k and 32 tokens; of tokens that are not there the last one's */
static void turn_x(const int8_t *x, size_t x_stride, int n, int8_t to[16][32])
{
    int8x32 a[16], b[16];
    for (int t = 0; t < 16; t++) {
        memcpy(&a[t], x + (size_t)(t < n ? t : n - 1) * x_stride, 16);
        memcpy((int8_t *)&a[t] + 16, x + (size_t)(t + 16 < n ? t + 16 : n - 1) * x_stride, 16);
    }
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 8; i++) {
            b[2 * i] = LOWER8(a[i], a[i + 8]);
            b[2 * i + 1] = UPPER8(a[i], a[i + 8]);
        }
        memcpy(a, b, sizeof a);
    }
    memcpy(to, a, sizeof a);
}

static inline int16x16 widen(const int8_t *x)
{
    return (int16x16)_mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)x));
}

/* The sums of four k: entry c0 + 3 * c1 + 9 * c2 + 27 * c3 is that of codes c0 .. c3. */
static void fill_table(int8_t x[4][32], int16_t to[2][81][16])
{
    for (int half = 0; half < 2; half++) {
        int16x16 x0 = widen(x[0] + 16 * half), x1 = widen(x[1] + 16 * half);
        int16x16 x2 = widen(x[2] + 16 * half), x3 = widen(x[3] + 16 * half), high = -x3;
        int16x16 s0 = -x1 - x0, s1 = -x1, s2 = x0 - x1, s3 = -x0, s4 = {0}, s5 = x0, s6 = x1 - x0, s7 = x1, s8 = x0 + x1;
        int16_t *entry = to[half][0];
        for (int c3 = 0; c3 < 3; c3++, high += x3) {
            int16x16 rest = high - x2, sum;
            for (int c2 = 0; c2 < 3; c2++, rest += x2, entry += 9 * 16) {
$ for i = 0, 8 do
                sum = s${i} + rest;
                memcpy(entry + ${16 * i}, &sum, sizeof sum);
$ end
            }
        }
    }
}

/* The places of a tile's rows, from the codes of four lines: a product's top byte is c0 + 3 * c1 + 9 * c2 + 27 * c3, the
 * entry, of 32 bytes; the tables of two lines are 81 * 64 bytes apart. */
static void find_places(const uint8_t *panel, uint16_t (*places)[4])
{
    for (int i = 0; i < ${tile}; i += 8, panel += 32, places += 8) {
        uint32x8 a, b, c, d, low, high;
$ for i, line in ipairs { "a", "b", "c", "d" } do
        memcpy(&${line}, panel + ${4 * tile * (i - 1)}, sizeof ${line});
        ${line} = (${line} * 0x0103091b >> 24) * 32${i % 2 == 0 and " << 16" or ""};
$ end
        a = (a | b) + (81 * 64 << 16);
        c = (c | d) + (2 * 81 * 64 | 3 * 81 * 64 << 16);
        low = LOWER32(a, c);
        high = UPPER32(a, c);
        a = TURN(low, high, 0, 1, 2, 3, 8, 9, 10, 11);
        c = TURN(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
        memcpy(places, &a, sizeof a);
        memcpy(places + 4, &c, sizeof c);
    }
}
