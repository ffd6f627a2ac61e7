$ local most, slices = batch.tokens, (k + 63) // 64                   -- a slice is 64 k: what one tile operation takes
$ local chunk_slices = (chunk * step_k + 63) // 64
$ local early_slices = (steps - 1) // chunk * chunk_slices            -- before the last chunk
/* A panel line of 16 rows x 4 k is what tdpbsud wants as a row of its second factor. A slice adds at most 64 * 2 * 127 to a sum.
 * Activations come in tile order: 16 tokens x 64 k are 1 KB in one piece (out of rows, K bytes apart, they share few sets of the
 * cache: 31-35 % of the peak; put in order by every thread for every matmul: up to a quarter of the time). */

/* What a thread does while the tile unit works, some of it after every slice: fetch the packed weights that come after the
 * next chunk; copy the sums of the tile before to y (stored from tiles, they would wait for y's lines); and, when the last
 * tokens have used a slice of the panel, put the next chunk's there: one chunk of codes stays in the first-level cache. */
struct beside {
    const uint8_t *w;
    uint8_t *scratch;
    int row, step, refilled, steps; /* of the next chunk: where it begins; steps */
    int fetched, lines;             /* bytes of the packed weights, pairs of lines per slice */
    int copied, tokens, pace;       /* pace: tokens per slice */
    int32_t *y;
    size_t y_stride;
};

static inline void refill(struct beside *b, int k)
{
    int until = k / ${step_k} < b->steps ? k / ${step_k} : b->steps;
    if (until > b->refilled) {
        expand(b->w, b->row, b->step + b->refilled, until - b->refilled, b->scratch + b->refilled * ${step_k * tile});
        b->refilled = until;
    }
}

static inline void copy(struct beside *b, int count)
{
    int until = b->copied + count < b->tokens ? b->copied + count : b->tokens;
    for (int t = b->copied; t < until; t++) {
        const uint8_t *sums = b->scratch + DONE + t / 16 * 2048 + t % 16 * 64;
        memcpy(b->y + t * b->y_stride, sums, 64);
        memcpy(b->y + t * b->y_stride + 16, sums + 1024, 64);
    }
    b->copied = until;
}

/* One prefetch per two lines, spread over the chunk: the cache fetches in pairs, and each prefetch keeps a line buffer from
 * the values for as long as memory takes (all lines in one burst: 44 % of the peak instead of 57). */
static inline void fetch(struct beside *b)
{
    const uint8_t *w = b->w + (size_t)(b->row / ${tile}) * ${tile_bytes} + (size_t)b->step * ${step_bytes};
    for (int i = 0; i < b->lines; i++, b->fetched += 128)
        __builtin_prefetch(w + b->fetched, 0, 2);
}

/* sums += codes * values for 32 rows x 16 tokens, or 32. Values come once from the second-level cache (hint T1), the panel
 * from the first. */
static inline void multiply(const uint8_t *panel, const int8_t *x, size_t x_stride, int two, int count, int last,
    struct beside *b)
{
    for (int i = 0; i < count; i++, panel += ${64 * tile}, x += 1024) {
        _tile_loadd(6, panel, ${4 * tile});
        _tile_stream_loadd(4, x, 64);
        _tile_dpbsud(0, 4, 6);
        _tile_loadd(7, panel + 64, ${4 * tile});
        _tile_dpbsud(1, 4, 7);
        if (two) {
            _tile_stream_loadd(5, x + 16 * x_stride, 64);
            _tile_dpbsud(2, 5, 6);
            _tile_dpbsud(3, 5, 7);
        }
        settle();
        fetch(b);
        copy(b, b->pace);
        if (last)
            refill(b, 64 * (i + 1));
        settle();
    }
}

/* Tokens come in pairs of 16. Every second chunk takes the pairs backwards: the sums of the pair at the turn stay in tiles. */
static void one_chunk(int step, const int8_t *values, size_t x_stride, int n, uint8_t *scratch, struct beside *b)
{
    int count = ${slices} - step * ${step_k} / 64 < ${chunk_slices} ? ${slices} - step * ${step_k} / 64 : ${chunk_slices};
    int pairs = (n + 31) / 32, back = step / ${chunk} % 2, final = step + ${chunk} >= ${steps};
    for (int i = 0; i < pairs; i++) {
        int pair = back ? pairs - 1 - i : i, two = n - 32 * pair > 16, last = i == pairs - 1;
        const int8_t *x = values + 32 * x_stride * (size_t)pair + ${16 * step_k} * step;
        if (step == 0)
            load_offsets(scratch + OFFSETS + 2048 * pair, two);
        else if (i > 0)
            load_sums(scratch + SUMS + 4096 * pair, two);
        multiply(scratch, x, x_stride, two, count, last, b);
        if (final || !last)
            store_sums(scratch + (final ? DONE : SUMS) + 4096 * pair, two);
    }
    settle();
    refill(b, ${chunk * step_k});
    settle();
}

/* 64 bytes of -sum of x per token; the header is the line before the values */
static void set_offsets(const int8_t *x, size_t x_stride, int n, uint8_t *offsets)
{
    typedef int32_t line __attribute__((vector_size(64)));
    for (int t = 0; t < n; t++) {
        const int8_t *header = x - 1024 + t / 16 * 16 * x_stride + t % 16 * 64;
        line offset = (line){0} - q8_sum(header + sizeof(struct q8_header));
        memcpy(offsets + 64 * t, &offset, 64);
    }
}

/* n <= ${most} tokens */
static void pass(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y, size_t y_stride,
    uint8_t *scratch)
{
    int pairs = (n + 31) / 32;
    int left = (to - from) / ${tile} * ${steps}; /* steps that are not in the panel yet */
    struct beside b = {.w = w, .row = from, .scratch = scratch, .y_stride = y_stride};
    b.lines = (${chunk * step_bytes // 128} + pairs * ${chunk_slices} - 1) / (pairs * ${chunk_slices});
    b.steps = left < ${chunk} ? left : ${chunk};
    set_offsets(x, x_stride, n, scratch + OFFSETS);
    refill(&b, ${chunk * step_k});
    settle();
    for (int i = from; i < to; i += ${tile})
        for (int step = 0; step < ${steps}; step += ${chunk}) {
            int after = step + ${chunk} < ${steps} ? step + ${chunk} : 0;
            b.step = after, b.row = after > 0 ? i : i + ${tile};
            left -= b.steps;
            b.steps = left == 0 ? 0 : (${steps} - after < ${chunk} ? ${steps} - after : ${chunk});
            b.refilled = 0;
            b.fetched = ${chunk * step_bytes};
            if (after == 0)
                copy(&b, n);
            one_chunk(step, x, x_stride, n, scratch, &b);
            if (after == 0) {
                b.y = y + i;
                b.copied = 0;
                b.tokens = n;
$ if early_slices > 0 then
                b.pace = (n + pairs * ${early_slices} - 1) / (pairs * ${early_slices});
$ end
            }
        }
    copy(&b, n);
}

static void batch(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y, size_t y_stride,
    uint8_t *scratch)
{
    _tile_loadconfig(&tiles);
    for (int t = 0; t < n; t += ${most})
        pass(w, x + (size_t)t * x_stride, x_stride, n - t < ${most} ? n - t : ${most}, from, to, y + (size_t)t * y_stride,
            y_stride, scratch);
    _tile_release(); /* idle tiles make every change of threads dearer */
}
