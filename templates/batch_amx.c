$ local most = batch.tokens
$ local slices = (k + 63) // 64              -- of 64 k: what one tile operation takes
$ local row_bytes = 64 * slices              -- of a token's values in tile order
$ local chunk_slices = (chunk * step_k + 63) // 64
$ local sums_at = 64 * chunk_slices * tile
$ local offsets_at = sums_at + 4 * tile * most
$ local values_at = offsets_at + 64 * most
/* scratch: the panel; int32 sums between chunks, 1 KB per 16 tokens x 16 rows; 64 bytes of -sum of x per token, where the sums
 * begin, for codes are weight + 1; the values in tile order, [16 tokens][slice of 64 k][token][64 k]: a tile is 1 KB in one
 * piece. (Tiles read from the rows themselves, K bytes apart, share few sets of the cache: 31-35 % of the peak.)
 * Tiles 0-3 are sums of 2 x 16 tokens x 2 x 16 rows, 4-5 values, 6-7 codes: a panel line of 16 rows x 4 k is what tdpbsud
 * wants as a row of its second factor. A slice adds at most 64 * 2 * 127 to a sum. */
enum { SUMS = ${sums_at}, OFFSETS = ${offsets_at}, VALUES = ${values_at} };

/* palette 1; bytes per row of the eight tiles; their rows */
static const struct { uint8_t palette, from, none[14]; uint16_t bytes[16]; uint8_t rows[16]; } tiles = {
    1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16},
};

/* gcc 12 does not know that tile instructions read and write memory. */
static inline void settle(void)
{
    __asm__ volatile("" : : : "memory");
}

/* What takes the panel's place, slice by slice, as the last tokens have used it: the next chunk of this tile or the first of
 * the next. So unpacking hides behind the tile unit, and one chunk of codes stays in the first-level cache. */
struct supply {
    const uint8_t *w;
    uint8_t *panel;
    int done, steps;
};

static inline void refill(struct supply *s, int k)
{
    int until = k / ${step_k} < s->steps ? k / ${step_k} : s->steps;
    if (until <= s->done)
        return;
    settle();
    for (int i = s->done * ${step_bytes}; i < until * ${step_bytes}; i += 64)
        __builtin_prefetch(s->w + ${chunk * step_bytes} + i, 0, 2);
    expand(s->w + s->done * ${step_bytes}, until - s->done, s->panel + s->done * ${step_k * tile});
    settle();
    s->done = until;
}
$ for groups = 1, 2 do

/* sums += codes * values for 32 rows x ${16 * groups} tokens. Values come once from the second-level cache (hint T1), the panel
 * from the first. */
static inline void multiply_${groups}(const uint8_t *panel, const uint8_t *x, int slices, struct supply *supply)
{
    for (int i = 0; i < slices; i++, panel += ${64 * tile}, x += 1024) {
        _tile_loadd(6, panel, ${4 * tile});
        _tile_stream_loadd(4, x, 64);
        _tile_dpbsud(0, 4, 6);
        _tile_loadd(7, panel + 64, ${4 * tile});
        _tile_dpbsud(1, 4, 7);
$   if groups == 2 then
        _tile_stream_loadd(5, x + ${16 * row_bytes}, 64);
        _tile_dpbsud(2, 5, 6);
        _tile_dpbsud(3, 5, 7);
$   end
        refill(supply, 64 * (i + 1));
    }
}
$ end

static inline void load_offsets(const uint8_t *offsets, int two)
{
    _tile_loadd(0, offsets, 64);
    _tile_loadd(1, offsets, 64);
    if (two) {
        _tile_loadd(2, offsets + 1024, 64);
        _tile_loadd(3, offsets + 1024, 64);
    }
}

static inline void load_sums(const uint8_t *sums, int two)
{
    _tile_loadd(0, sums, 64);
    _tile_loadd(1, sums + 1024, 64);
    if (two) {
        _tile_loadd(2, sums + 2048, 64);
        _tile_loadd(3, sums + 3072, 64);
    }
}

static inline void store_sums(uint8_t *sums, int two)
{
    _tile_stored(0, sums, 64);
    _tile_stored(1, sums + 1024, 64);
    if (two) {
        _tile_stored(2, sums + 2048, 64);
        _tile_stored(3, sums + 3072, 64);
    }
}

/* The sums of n <= 32 tokens to y: whole tiles at once, the rows of a broken one through `sums`. */
static inline void finish(int32_t *y, size_t y_stride, int n, uint8_t *sums)
{
    if (n == 32) {
        _tile_stored(0, y, 4 * y_stride);
        _tile_stored(1, y + 16, 4 * y_stride);
        _tile_stored(2, y + 16 * y_stride, 4 * y_stride);
        _tile_stored(3, y + 16 * y_stride + 16, 4 * y_stride);
        return;
    }
    store_sums(sums, n > 16);
    settle();
    for (int t = 0; t < n; t++)
        for (int i = 0; i < 2; i++)
            memcpy(y + t * y_stride + 16 * i, sums + 2048 * (t / 16) + 1024 * i + 64 * (t % 16), 64);
    settle();
}

/* Tokens come in pairs of 16. Every second chunk takes the pairs backwards: the sums of the pair at the turn stay in tiles. */
static void one_chunk(int step, int slices, int n, uint8_t *scratch, struct supply *next, int32_t *y, size_t y_stride)
{
    struct supply nothing = {0};
    int pairs = (n + 31) / 32, back = step / ${chunk} % 2, first = step == 0, last = step + ${chunk} >= ${steps};
    for (int i = 0; i < pairs; i++) {
        int pair = back ? pairs - 1 - i : i, tokens = n - 32 * pair < 32 ? n - 32 * pair : 32;
        uint8_t *sums = scratch + SUMS + 4096 * pair;
        const uint8_t *x = scratch + VALUES + ${32 * row_bytes} * pair + ${16 * step_k} * step;
        struct supply *supply = i == pairs - 1 ? next : &nothing;
        if (first)
            load_offsets(scratch + OFFSETS + 2048 * pair, tokens > 16);
        else if (i > 0)
            load_sums(sums, tokens > 16);
        if (tokens > 16)
            multiply_2(scratch, x, slices, supply);
        else
            multiply_1(scratch, x, slices, supply);
        if (last)
            finish(y + 32 * pair * y_stride, y_stride, tokens, sums);
        else if (i < pairs - 1)
            store_sums(sums, tokens > 16);
    }
    refill(next, ${chunk * step_k});
}

/* Values in tile order; rows of the last tile that have no token keep what they held, and are not stored. */
static void lay_out(const int8_t *x, size_t x_stride, int n, uint8_t *scratch)
{
    typedef int32_t line __attribute__((vector_size(64)));
    for (int t = 0; t < n; t++) {
        line offset = (line){0} - q8_sum(x + (size_t)t * x_stride);
        memcpy(scratch + OFFSETS + 64 * t, &offset, 64);
    }
    for (int t = 0; t < n; t += 16)
        for (int s = 0; s < ${slices}; s++)
            for (int i = 0; i < 16 && t + i < n; i++)
                memcpy(scratch + VALUES + ${row_bytes} * t + 1024 * s + 64 * i, x + (size_t)(t + i) * x_stride + 64 * s, 64);
}

/* n <= ${most} tokens */
static void pass(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y, size_t y_stride,
                 uint8_t *scratch)
{
    int left = (to - from) / ${tile} * ${steps};           /* steps not yet in the panel */
    struct supply next = {w + (size_t)(from / ${tile}) * ${tile_bytes}, scratch, 0, left < ${chunk} ? left : ${chunk}};
    lay_out(x, x_stride, n, scratch);
    refill(&next, ${chunk * step_k});
    for (int i = from; i < to; i += ${tile})
        for (int step = 0; step < ${steps}; step += ${chunk}) {
            int after = step + ${chunk} < ${steps} ? step + ${chunk} : 0;
            int slices = ${slices} - step * ${step_k} / 64;
            next.w += (size_t)next.steps * ${step_bytes};
            left -= next.steps;
            next.done = 0;
            next.steps = left == 0 ? 0 : ${steps} - after < ${chunk} ? ${steps} - after : ${chunk};
            one_chunk(step, slices < ${chunk_slices} ? slices : ${chunk_slices}, n, scratch, &next, y + i, y_stride);
        }
}

static void batch(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y, size_t y_stride,
                  uint8_t *scratch)
{
    settle();
    _tile_loadconfig(&tiles);
    for (int t = 0; t < n; t += ${most})
        pass(w, x + (size_t)t * x_stride, x_stride, n - t < ${most} ? n - t : ${most}, from, to, y + (size_t)t * y_stride, y_stride,
            scratch);
    _tile_release();                                     /* idle tiles make every change of threads dearer */
}
