$ local slices = (k + 63) // 64                    -- a slice is 64 k: what one tile operation takes
$ local units = (steps + chunk - 1) // chunk       -- a unit of the panel is what is unpacked while another is multiplied
$ local share = (chunk + chunk_slices - 1) // chunk_slices         -- of its steps, per slice
/* Sums stay in tiles from the first k to the last, for 32 rows x 32 tokens: a store stops the tile unit for 38 cycles, a load for
 * 25, so to leave and come back after 640 k takes a third of its time. The panel is unpacked again for every 32 tokens, beside
 * the products and just ahead of them: some 200 instructions per slice cost nothing there. A line of 16 rows x 4 k is what
 * tdpbsud wants as a row of its second factor. A slice adds at most 64 * ${code_max} * 127 to a sum. */

/* What a thread does while the tile unit works, some of it after every slice. */
struct beside {
    const uint8_t *from; /* unpacking: the first step of a unit, how many it has, where they go */
    int steps;
    uint8_t *panel;
    const uint8_t *after; /* fetching: what follows the tile at work; pairs of lines per slice */
    int lines;
    const uint8_t *sums; /* finishing sums: the next token's, how many there are; where to */
    const struct token *token;
    int left;
    int32_t *y;
    size_t y_stride;
    const float *w_scale;
};

/* Steps `step` and on of the unit, written out: a loop would be guessed wrong at its end, and stop what is beside it. */
static inline void unpack(struct beside *b, int step)
{
    const uint8_t *from = b->from + step * ${step_bytes};
    uint8_t *panel = b->panel + step * ${step_k * tile};
    if (step + ${share} <= b->steps) {
$ for s = 0, share - 1 do
        expand_step(from + ${s * step_bytes}, panel + ${s * step_k * tile});
$ end
    } else {
        for (int s = step; s < b->steps; s++, from += ${step_bytes}, panel += ${step_k * tile})
            expand_step(from, panel);
    }
}

/* One prefetch per two lines: the cache fetches in pairs, and each prefetch keeps a line buffer from the values for as long as
 * memory takes. */
static inline void fetch(struct beside *b)
{
    for (int i = 0; i < b->lines; i++, b->after += 128)
        __builtin_prefetch(b->after, 0, 2);
}

typedef int32_t line __attribute__((vector_size(64)));
typedef float line_f32 __attribute__((vector_size(64)));

/* Codes are weight + 1: the sum of weights is that of codes less that of x. y's lines are far: they are asked for four tokens
 * ahead, and sums go there by way of the cache, for stored from tiles they would wait. */
static inline void finish(struct beside *b, int count)
{
    for (int i = 0; i < count && b->left > 0; i++, b->left--, b->token++, b->sums += 128, b->y += b->y_stride) {
$ for half = 0, 1 do
        line v${half};
        memcpy(&v${half}, b->sums + ${64 * half}, 64);
        v${half} -= b->token->sum;
$ end
        if (b->w_scale) {
            v0 = (line)(__builtin_convertvector(v0, line_f32) / b->token->scale * *b->w_scale);
            v1 = (line)(__builtin_convertvector(v1, line_f32) / b->token->scale * *b->w_scale);
        }
        memcpy(b->y, &v0, 64);
        memcpy(b->y + 16, &v1, 64);
        __builtin_prefetch(b->y + 4 * b->y_stride, 1);
        __builtin_prefetch(b->y + 4 * b->y_stride + 16, 1);
    }
}

/* The products of a unit of up to ${chunk_slices} slices, and a share of everything else after each. */
static inline void multiply_unit(const uint8_t *panel, const int8_t *x, size_t x_stride, int count, int two, struct beside *b)
{
    int step = 0;
$ for i = 0, chunk_slices - 1 do
    if (${i} < count) {
        multiply(panel + ${i * 64 * tile}, x + ${i * 1024}, x_stride, two);
        settle();
        fetch(b);
        finish(b, ${(32 + slices - 1) // slices});
        unpack(b, step);
        step += ${share};
        settle();
    }
$ end
    for (; step < b->steps; step += ${share})
        unpack(b, step);
    settle();
}

/* ${tile} rows, n tokens. The panel's first unit is there, in `slot`; that of the rows that follow, if they do, is made. */
static int batch_tile(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int follow, int32_t *y, uint8_t *scratch,
    int slot, struct beside *b)
{
    enum { UNIT = ${chunk_slices * 64 * tile} };
    b->after = w + ${tile_bytes};
    for (int t = 0; t < n; t += 32, x += 32 * x_stride, y += 32 * b->y_stride) {
        int two = n - t > 16, last = t + 32 >= n;
        zero_sums();
        for (int u = 0; u < ${units}; u++, slot ^= UNIT) {
            int next = (u + 1) % ${units}, left = ${steps} - next * ${chunk};
            b->from = w + (next == 0 && last ? ${tile_bytes} : next * ${chunk * step_bytes});
            b->steps = left < ${chunk} ? left : ${chunk};
            if (next == 0 && last && !follow)
                b->steps = 0;
            b->panel = scratch + (slot ^ UNIT);
            multiply_unit(scratch + slot, x + u * ${chunk_slices * 1024}, x_stride, ${slices} - u * ${chunk_slices}, two, b);
        }
        finish(b, 32);
        settle();
        store_sums(scratch + DONE, two);
        settle();
        b->sums = scratch + DONE, b->left = n - t < 32 ? n - t : 32;
        b->token = (const struct token *)(const void *)(scratch + TOKENS) + t;
        b->y = y;
    }
    return slot;
}

/* w_scale: NULL, or y becomes f32, sum / the token's scale * *w_scale */
static void batch(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y, size_t y_stride,
    uint8_t *scratch, const float *w_scale)
{
    _tile_loadconfig(&tiles);
    for (int t = 0; t < n; t += ${batch.tokens}) {
        const int8_t *xt = x + (size_t)t * x_stride;
        int now = n - t < ${batch.tokens} ? n - t : ${batch.tokens}, uses = (now + 31) / 32 * ${slices}, slot = 0;
        const uint8_t *tile = w + (size_t)(from / ${tile}) * ${tile_bytes};
        struct beside b = {.from = tile, .panel = scratch, .y_stride = y_stride, .w_scale = w_scale};
        b.steps = from < to ? ${chunk} : 0;
        b.lines = (${tile_bytes // 128} + uses - 1) / uses;
        for (int i = 0; i < now; i++) /* the beginning of the header, which is a line before the values */
            memcpy(scratch + TOKENS + i * sizeof(struct token), xt + i / 16 * 16 * x_stride + i % 16 * 64 - 1024,
                sizeof(struct token));
        multiply_unit(scratch, xt, x_stride, 0, 0, &b);
        for (int i = from; i < to; i += ${tile}, tile += ${tile_bytes})
            slot = batch_tile(tile, xt, x_stride, now, i + ${tile} < to, y + (size_t)t * y_stride + i, scratch, slot, &b);
        finish(&b, 32);
    }
    _tile_release(); /* idle tiles make every change of threads dearer */
}

SCALED(${name}_scaled)
{
    batch(w, x, x_stride, n, from, to, (int32_t *)(void *)y, y_stride, scratch, w_scale);
}
