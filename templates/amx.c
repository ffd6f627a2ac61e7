$ local done_at = 2 * chunk_slices * 64 * tile
/* ---- tiles: 0-3 int32 sums of 2 x 16 tokens x 2 x 16 rows; 4-5 values, 16 tokens x 64 k; 6-7 codes, 64 k x 16 rows ---- */

/* scratch: two units of the panel; sums that are on their way to y, 128 bytes per token; of each, what is in its header */
enum {
    DONE = ${done_at},
    TOKENS = ${done_at + 128 * tile},
};

struct token { /* the beginning of its header */
    float scale;
    int32_t sum;
};

/* palette 1; bytes per row of the eight tiles; their rows */
static const struct {
    uint8_t palette, from, none[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} tiles = {
    .palette = 1,
    .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

/* gcc 12 does not know that tile instructions read and write memory. */
static inline void settle(void)
{
    ORDER_MEMORY();
}

static inline void zero_sums(void)
{
$ for i = 0, 3 do
    _tile_zero(${i});
$ end
}

static inline void store_sums(uint8_t *at, int two)
{
    _tile_stored(0, at, 128);
    _tile_stored(1, at + 64, 128);
    if (two) {
        _tile_stored(2, at + 2048, 128);
        _tile_stored(3, at + 2048 + 64, 128);
    }
}

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

/* Step `step` of the unit, if it has that many. */
static inline void unpack(struct beside *b, int step)
{
    if (step < b->steps)
        expand_step(b->from + step * ${step_bytes}, b->panel + step * ${step_k * tile});
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
