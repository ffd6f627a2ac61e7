$ local slices = (k + 63) // 64                    -- a slice is 64 k: what one tile operation takes
$ local share = (chunk + chunk_slices - 1) // chunk_slices         -- of a unit's steps, per slice
/* ---- products, and what a thread does beside them ---- */

/* Forms of a batch, beside enum into; a function that knows its form is written out for each of them. */
enum { SUMS = -1 };
#define EACH_FORM static inline __attribute__((always_inline))

/* Everything but the products, some of it with every slice. */
struct beside {
    const uint8_t *from; /* unpacking: the first step of a unit, how many it has, where they go */
    int steps;
    uint8_t *panel;
    const uint8_t *after; /* fetching: what follows the tile at work; pairs of lines per slice */
    int lines;
    uint8_t *sums; /* finishing sums: the next token's, how many there are; where to */
    const struct token *token;
    int left;
$ if turned then
    int unturned; /* blocks whose lines are still of rows; the last one comes first */
$ end
    int32_t *y;
    size_t y_stride, ahead; /* ahead: from a line to the one that is asked for */
    const float *w_scale;
};

/* Step `step` of the unit, if it has that many. */
static inline void unpack(struct beside *b, int step)
{
    if (step < b->steps)
        expand_step(b->from + step * ${step_bytes}, b->panel + step * ${panel_step});
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

/* What becomes of the sums s and y's line. */
EACH_FORM line into_line(const struct beside *b, line s, const int32_t *y, int form)
{
    line_f32 v, old;
    if (form == SUMS)
        return s;
    v = __builtin_convertvector(s, line_f32) / b->token->scale * *b->w_scale;
    if (form == INTO_EMPTY)
        return (line)v;
    memcpy(&old, y, sizeof old);
    return form == INTO_SUM ? (line)(old + v) : (line)(old * old * v) & (line)(old > 0.0f);
}

/* Codes are weight + 1: the sum of weights is that of codes less that of x. y's lines are far: they are asked for eight tokens
 * ahead, and sums go there by way of the cache, for stored from tiles they would wait. */
EACH_FORM void finish(struct beside *b, int count, int form)
{
    for (int i = 0; i < count && b->left > 0; i++) {
$ if turned then
        if (b->unturned > 0) {
            b->unturned--;
            uint8_t *block = b->sums + b->unturned / 2 * 2048 + b->unturned % 2 * 64;
            turn(block, block, 128);
            continue;
        }
$ end
$ for half = 0, 1 do
        line v${half};
        memcpy(&v${half}, b->sums + ${64 * half}, 64);
        v${half} = into_line(b, v${half} - b->token->sum, b->y + ${16 * half}, form);
        memcpy(b->y + ${16 * half}, &v${half}, 64);
$ end
        __builtin_prefetch(b->y + b->ahead, 1);
        __builtin_prefetch(b->y + b->ahead + 16, 1);
        b->left--, b->token++, b->sums += 128, b->y += b->y_stride;
    }
}

/* sums += codes * values for 64 k, 32 rows and 16 tokens, or 32. Values come from the second-level cache (hint T1), once. Tiles
 * are loaded before all products, and everything else is cut to pieces, so that each tile instruction has some behind it: where
 * another thread of the core uses tiles as well, a slice takes 78 ns, with the pieces in a row behind the products 111. */
EACH_FORM void multiply(const uint8_t *panel, const int8_t *x, size_t x_stride, struct beside *b, int step, int two, int form)
{
$ -- what is beside a slice: written out, for a loop would be guessed wrong at its end, and stop everything
$ local pieces = { "fetch(b)", ("finish(b, (FINISHING + %d) / %d, form)"):format(slices - 1, slices) }
$ for s = 0, share - 1 do pieces[#pieces + 1] = ("unpack(b, step + %d)"):format(s) end
$ -- tile instructions, and those for the second sixteen of tokens
$ local instructions = { "_tile_loadd(6, panel, 128)", "_tile_stream_loadd(4, x, 64)", "_tile_loadd(7, panel + 64, 128)",
$   "_tile_stream_loadd(5, x + 16 * x_stride, 64)", "_tile_dpbsud(0, 4, 6)", "_tile_dpbsud(1, 4, 7)",
$   "_tile_dpbsud(2, 5, 6)", "_tile_dpbsud(3, 5, 7)" }
$ if turned then
$   instructions = { "_tile_loadd(4, panel, 64)", "_tile_stream_loadd(6, x, 64)", "_tile_loadd(5, panel + 1024, 64)",
$     "_tile_stream_loadd(7, x + 16 * x_stride, 64)", "_tile_dpbusd(0, 4, 6)", "_tile_dpbusd(1, 5, 6)",
$     "_tile_dpbusd(2, 4, 7)", "_tile_dpbusd(3, 5, 7)" }
$ end
$ local seconds, done = { [4] = true, [7] = true, [8] = true }, 0
$ for i, instruction in ipairs(instructions) do
$   if seconds[i] then
    if (two)
        ${instruction};
$   else
    ${instruction};
$   end
    settle();
$   while done < #pieces * i // #instructions do done = done + 1
    ${pieces[done]};
    settle();
$   end
$ end
}

/* The products of a unit of up to ${chunk_slices} slices. */
EACH_FORM void multiply_unit(const uint8_t *panel, const int8_t *x, size_t x_stride, int count, struct beside *b, int two,
    int form)
{
    int step = 0;
$ for i = 0, chunk_slices - 1 do
    if (${i} < count) {
        multiply(panel + ${i * 64 * tile}, x + ${i * 1024}, x_stride, b, step, two, form);
        step += ${share};
    }
$ end
    for (; step < b->steps; step++)
        unpack(b, step);
    settle();
}
