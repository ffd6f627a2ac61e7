/* ---- many tokens: no products, but sums of four activations that are looked up ----
 * A panel line has four codes of each row: 81 combinations. All 81 sums of (code - 1) * x of four k are made once, and each row
 * adds the one it needs: an addition for four weights, where vpmaddubsw needs two products and two additions. 32 tokens lie
 * side by side. The tables of 16 k are 20 KB and stay in the first-level cache. (Of 32 k: 3 to 8 % less time where the cache has
 * 48 KB; with as much too much for it as they would be for one of 32 KB, 10 to 20 % more.) */

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
#define LOWER8(a, b) TURN(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, \
    16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55)
#define UPPER8(a, b) TURN(a, b, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47, \
    24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63)
#define LOWER16(a, b) TURN(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 8, 24, 9, 25, 10, 26, 11, 27)
#define UPPER16(a, b) TURN(a, b, 4, 20, 5, 21, 6, 22, 7, 23, 12, 28, 13, 29, 14, 30, 15, 31)
#define LOWER32(a, b) TURN(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define UPPER32(a, b) TURN(a, b, 2, 10, 3, 11, 6, 14, 7, 15)

typedef int16_t row_sums[32]; /* of one row and 32 tokens */

/* Places: where in `sums` a row's sums are, for each line of four, of the first 16 tokens. Room for 32 rows more, or what is
 * found for a tile has few sets of the cache. A row's sum is 256 * high + low. */
struct tables {
    int16_t sums[4][2][81][16];
    int8_t x[128][32];
    uint8_t panel[4096];
    uint16_t places[8][288][4];
    row_sums low[4][256], high[4][256];
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
                sum = s0 + rest;
                memcpy(entry + 0, &sum, sizeof sum);
                sum = s1 + rest;
                memcpy(entry + 16, &sum, sizeof sum);
                sum = s2 + rest;
                memcpy(entry + 32, &sum, sizeof sum);
                sum = s3 + rest;
                memcpy(entry + 48, &sum, sizeof sum);
                sum = s4 + rest;
                memcpy(entry + 64, &sum, sizeof sum);
                sum = s5 + rest;
                memcpy(entry + 80, &sum, sizeof sum);
                sum = s6 + rest;
                memcpy(entry + 96, &sum, sizeof sum);
                sum = s7 + rest;
                memcpy(entry + 112, &sum, sizeof sum);
                sum = s8 + rest;
                memcpy(entry + 128, &sum, sizeof sum);
            }
        }
    }
}

/* The places of a tile's rows, from the codes of four lines: a product's top byte is c0 + 3 * c1 + 9 * c2 + 27 * c3, the
 * entry, of 32 bytes; the tables of two lines are 81 * 64 bytes apart. */
static void find_places(const uint8_t *panel, uint16_t (*places)[4])
{
    for (int i = 0; i < 32; i += 8, panel += 32, places += 8) {
        uint32x8 a, b, c, d, low, high;
        memcpy(&a, panel + 0, sizeof a);
        a = (a * 0x0103091b >> 24) * 32;
        memcpy(&b, panel + 128, sizeof b);
        b = (b * 0x0103091b >> 24) * 32 << 16;
        memcpy(&c, panel + 256, sizeof c);
        c = (c * 0x0103091b >> 24) * 32;
        memcpy(&d, panel + 384, sizeof d);
        d = (d * 0x0103091b >> 24) * 32 << 16;
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

/* low += the sums of four lines. One is at most 4 * 127: the 64 lines of a chunk reach 32512, and with 255 that are left of
 * the one before 32767. (Inlined, its pointers are spilled: 68 instead of 76 % of the peak.) */
static __attribute__((noinline)) void add_sums(const struct tables *s, int line, int rows, row_sums *low)
{
    const char *sums = (const char *)s->sums;
    const uint16_t *places = s->places[line / 4][0];
    for (int r = 0; r < rows; r += 2, low += 2, places += 8) {
        {
            uint32_t a, b;
            memcpy(&a, places + 0, sizeof a);
            memcpy(&b, places + 2, sizeof b);
            const char *p0 = sums + (uint16_t)a, *p1 = sums + (a >> 16), *p2 = sums + (uint16_t)b, *p3 = sums + (b >> 16);
            int16x16 sum0, more0;
            memcpy(&sum0, low[0] + 0, sizeof sum0);
            memcpy(&more0, p0 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p1 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p2 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p3 + 0, sizeof more0);
            sum0 += more0;
            memcpy(low[0] + 0, &sum0, sizeof sum0);
            int16x16 sum1, more1;
            memcpy(&sum1, low[0] + 16, sizeof sum1);
            memcpy(&more1, p0 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p1 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p2 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p3 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(low[0] + 16, &sum1, sizeof sum1);
        }
        {
            uint32_t a, b;
            memcpy(&a, places + 4, sizeof a);
            memcpy(&b, places + 6, sizeof b);
            const char *p0 = sums + (uint16_t)a, *p1 = sums + (a >> 16), *p2 = sums + (uint16_t)b, *p3 = sums + (b >> 16);
            int16x16 sum0, more0;
            memcpy(&sum0, low[1] + 0, sizeof sum0);
            memcpy(&more0, p0 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p1 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p2 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p3 + 0, sizeof more0);
            sum0 += more0;
            memcpy(low[1] + 0, &sum0, sizeof sum0);
            int16x16 sum1, more1;
            memcpy(&sum1, low[1] + 16, sizeof sum1);
            memcpy(&more1, p0 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p1 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p2 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p3 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(low[1] + 16, &sum1, sizeof sum1);
        }
    }
}

/* low = the sums of the first four lines */
static __attribute__((noinline)) void first_sums(const struct tables *s, int line, int rows, row_sums *low)
{
    const char *sums = (const char *)s->sums;
    const uint16_t *places = s->places[line / 4][0];
    for (int r = 0; r < rows; r += 2, low += 2, places += 8) {
        {
            uint32_t a, b;
            memcpy(&a, places + 0, sizeof a);
            memcpy(&b, places + 2, sizeof b);
            const char *p0 = sums + (uint16_t)a, *p1 = sums + (a >> 16), *p2 = sums + (uint16_t)b, *p3 = sums + (b >> 16);
            int16x16 sum0, more0;
            memcpy(&sum0, p0 + 0, sizeof sum0);
            memcpy(&more0, p1 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p2 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p3 + 0, sizeof more0);
            sum0 += more0;
            memcpy(low[0] + 0, &sum0, sizeof sum0);
            int16x16 sum1, more1;
            memcpy(&sum1, p0 + 2592, sizeof sum1);
            memcpy(&more1, p1 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p2 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p3 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(low[0] + 16, &sum1, sizeof sum1);
        }
        {
            uint32_t a, b;
            memcpy(&a, places + 4, sizeof a);
            memcpy(&b, places + 6, sizeof b);
            const char *p0 = sums + (uint16_t)a, *p1 = sums + (a >> 16), *p2 = sums + (uint16_t)b, *p3 = sums + (b >> 16);
            int16x16 sum0, more0;
            memcpy(&sum0, p0 + 0, sizeof sum0);
            memcpy(&more0, p1 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p2 + 0, sizeof more0);
            sum0 += more0;
            memcpy(&more0, p3 + 0, sizeof more0);
            sum0 += more0;
            memcpy(low[1] + 0, &sum0, sizeof sum0);
            int16x16 sum1, more1;
            memcpy(&sum1, p0 + 2592, sizeof sum1);
            memcpy(&more1, p1 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p2 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(&more1, p3 + 2592, sizeof more1);
            sum1 += more1;
            memcpy(low[1] + 16, &sum1, sizeof sum1);
        }
    }
}

/* What is beyond 0 .. 255 goes on to high: as much to read and write as int32 sums would be, and no widening. */
static void carry(row_sums *low, row_sums *high, int rows, int first)
{
    for (int r = 0; r < rows; r++)
        for (int t = 0; t < 32; t += 16) {
            int16x16 l, h;
            memcpy(&l, low[r] + t, sizeof l);
            memcpy(&h, high[r] + t, sizeof h);
            h = first ? l >> 8 : h + (l >> 8);
            l &= 255;
            memcpy(low[r] + t, &l, sizeof l);
            memcpy(high[r] + t, &h, sizeof h);
        }
}

/* Sums of 8 rows and of tokens t .. t + 3 and t + 8 .. t + 11, in whose order interleaving leaves them */
static inline void turn_sums(int32x8 a[8], int32_t *y, size_t y_stride, int t, int n)
{
    int32x8 b[8];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i += 4)
            for (int row = i; row < i + 2; row++) {
                b[2 * row - i] = LOWER32(a[row], a[row + 2]);
                b[2 * row - i + 1] = UPPER32(a[row], a[row + 2]);
            }
        memcpy(a, b, sizeof b);
    }
    for (int i = 0; i < 4; i++) {
        b[i] = TURN(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        b[i + 4] = TURN(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    for (int i = 0; i < 8 && t + i / 4 * 8 + i % 4 < n; i++)
        memcpy(y + (size_t)(t + i / 4 * 8 + i % 4) * y_stride, &b[i], sizeof b[i]);
}

static void put_sums(row_sums *low, row_sums *high, int rows, int n, int32_t *y, size_t y_stride)
{
    for (int t = 0; t < n; t += 16)
        for (int r = 0; r < rows; r += 8) {
            int32x8 a[8], b[8];
            for (int i = 0; i < 8; i++) {
                int16x16 l, h;
                memcpy(&l, low[r + i] + t, sizeof l);
                memcpy(&h, high[r + i] + t, sizeof h);
                a[i] = (int32x8)LOWER16(l << 8, h) >> 8;
                b[i] = (int32x8)UPPER16(l << 8, h) >> 8;
            }
            turn_sums(a, y + r, y_stride, t, n);
            turn_sums(b, y + r, y_stride, t + 4, n);
        }
}

/* At most 128 tokens and 256 rows */
static void look_up(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int rows, int32_t *y, size_t y_stride,
    struct tables *s)
{
    memset(s->panel, 1, sizeof s->panel); /* behind the last line x is 0, and codes need only be some */
    for (int step = 0; step < 8; step += 8) {
        int steps = 8 - step < 8 ? 8 - step : 8, lines = steps * 4;
        for (int i = 0; i < rows; i += 32) {
            expand(w, from + i, step, steps, s->panel);
            for (int line = 0; line < lines; line += 4)
                find_places(s->panel + line * 128, s->places[line / 4] + i);
        }
        for (int t = 0; t < n; t += 32) {
            row_sums *low = s->low[t / 32];
            const int8_t *from_x = x + (size_t)t * x_stride + step * 16;
            for (int line = 0; line < lines; line += 4)
                turn_x(from_x + 4 * line, x_stride, n - t, s->x + 4 * line);
            for (int line = 0; line < lines; line += 4) {
                for (int i = 0; i < 4; i++)
                    fill_table(s->x + 4 * (line + i), s->sums[i]);
                (step + line == 0 ? first_sums : add_sums)(s, line, rows, low);
            }
            carry(low, s->high[t / 32], rows, step == 0);
        }
    }
    for (int t = 0; t < n; t += 32)
        put_sums(s->low[t / 32], s->high[t / 32], rows, n - t < 32 ? n - t : 32, y + (size_t)t * y_stride + from, y_stride);
}

/* Rows in equal parts: each makes the tables anew, which 1024 rows repay (74 % of the peak; 512: 67, 256: 58). */
static void many(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y, size_t y_stride,
    void *scratch)
{
    _Static_assert(sizeof(struct tables) <= 178432, "scratch");
    for (int t = 0; t < n; t += 128)
        for (int i = from, rows; i < to; i += rows) {
            int parts = (to - i + 255) / 256;
            rows = ((to - i) / parts + 31) / 32 * 32;
            look_up(w, x + (size_t)t * x_stride, x_stride, n - t < 128 ? n - t : 128, i, rows, y + (size_t)t * y_stride,
                y_stride, scratch);
        }
}

GEMM(gemm_t2_avx2_k128)
{
    if (n >= 24 && to - from >= 128) {
        int few = n % 32 < 24 ? n % 32 : 0;
        n -= few;
        many(w, x, x_stride, n, from, to, y, y_stride, scratch);
        x += (size_t)n * x_stride;
        y += (size_t)n * y_stride;
        n = few;
    }
    if (n >= 3) {
        for (int i = from; i < to; i += 32) {
            const uint8_t *next = packed_at(w, i + 32, 0);
            expand(w, i, 0, 8, scratch);
            block_and_fetch(scratch, 32, x, x_stride, n, 1, y + i, y_stride, next);
        }
        return;
    }
    (void)scratch;
    for (int i = from; i < to; i += 32)
        for (int t = 0; t < n; t++)
            tile_1(w + (size_t)(i / 32) * 1024, x + (size_t)t * x_stride, y + (size_t)t * y_stride + i);
}
