/* kernels.c: every matmul kernel of a program against the definition, in the manner of dav1d's checkasm.
 * Linked with model.o, which holds the table, and the kernels' objects. Contract: docs/KERNELS.md.
 * Usage: kernels [--seed=N] [--only=TEXT] [--bench] */
#define _DEFAULT_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cpu.h"
#include "engine.h"
#include "guard.h"
#include "packed.h"
#include "random.h"

/* 4 tiles of rows are a multiple of 64 packed bytes in every layout: aligned, and ending at a page. */
enum { TILES = 4, MANY_TILES = 69, FEW = 9, TOKENS = 130, ROWS = 144, HEADER = sizeof(struct q8_header), GAP = 128 };
static const int32_t CANARY = 0x5ca1ab1e;        /* beyond every sum: |y| <= 127 * 65536 < 2^24 */

/* ---- one kernel and its inputs, unpacked ---- */

struct check {
    const struct kernel_row *kernel;
    int rows, tiles, k;
    int8_t *weights, *values;                    /* [rows][k] of -1, 0, 1, or 2; [TOKENS][k] of -127 .. 127 */
    int32_t *want;                               /* [TOKENS][rows] */
    size_t w_bytes, row_bytes;                   /* row_bytes: activations of a token and their padding */
    size_t placed_n, placed_stride;              /* of the values in their area; n = 0: there are others */
    const char *weights_name, *values_name;
};

enum weights { MINUS, ZERO, PLUS, STRIPES, CHECKERBOARD, ONE_HOT, EVERY_FIELD, RANDOM, WEIGHTS };
static const char *const weights_names[WEIGHTS] = {
    "all -1", "all 0", "all the largest", "stripes", "checkerboard", "one-hot", "every field", "random",
};

enum values { X_ZERO, X_MAX, X_MIN, X_ALTERNATING, X_ONE_HOT, X_RANDOM, VALUES };
static const char *const values_names[VALUES] = {"all 0", "all 127", "all -127", "127, -127, ...", "one-hot", "random"};

static struct matrix matrix_of(const struct check *c)
{
    return (struct matrix){c->kernel, c->rows, c->k, c->weights};
}

static void fill_weights(struct check *c, enum weights kind)
{
    int hot_row = random_below(c->rows), hot_k = random_below(c->k), codes = c->kernel->code_max + 1;
    int8_t *next = c->weights;
    c->weights_name = weights_names[kind];
    for (int i = 0; i < c->rows; i++)
        for (int k = 0; k < c->k; k++) {
            int w = 0;
            switch (kind) {
            case MINUS: w = -1; break;
            case PLUS: w = codes - 2; break;
            case STRIPES: w = k / 4 % 3 - 1; break;
            case CHECKERBOARD: w = (i + k) % 2 * (codes - 1) - 1; break;
            case ONE_HOT: w = i == hot_row && k == hot_k; break;
            case EVERY_FIELD: w = every_field(c->kernel, i, k); break;
            case RANDOM: w = random_below(codes) - 1; break;
            default: break;
            }
            *next++ = (int8_t)w;
        }
    struct matrix m = matrix_of(c);
    make_holdable(&m);
}

static void fill_values(struct check *c, enum values kind, int tokens)
{
    int8_t *next = c->values;
    c->values_name = values_names[kind], c->placed_n = 0;
    for (int t = 0; t < tokens; t++) {
        int hot_k = random_below(c->k);
        for (int k = 0; k < c->k; k++) {
            int x = 0;
            switch (kind) {
            case X_MAX: x = 127; break;
            case X_MIN: x = -127; break;
            case X_ALTERNATING: x = (t + k) % 2 ? 127 : -127; break;
            case X_ONE_HOT: x = k == hot_k ? 127 : 0; break;
            case X_RANDOM: x = random_below(255) - 127; break;
            default: break;
            }
            *next++ = (int8_t)x;
        }
    }
}

/* The definition: want[t][i] = sum over k of weights[i][k] * values[t][k]. Tokens are often like the last but one. */
static void compute_want(const struct check *c, int tokens)
{
    size_t rows = (size_t)c->rows, k_end = (size_t)c->k;
    for (int t = 0; t < tokens; t++) {
        const int8_t *x = c->values + (size_t)t * k_end;
        int32_t *want = c->want + (size_t)t * rows;
        if (t > 1 && memcmp(x, x - 2 * k_end, k_end) == 0) {
            memcpy(want, want - 2 * rows, rows * sizeof *want);
            continue;
        }
        for (size_t i = 0; i < rows; i++) {
            const int8_t *w = c->weights + i * k_end;
            int32_t sum = 0;
            for (size_t k = 0; k < k_end; k++)
                sum += w[k] * x[k];
            want[i] = sum;
        }
    }
}

/* ---- the same, laid out as kernels read it ---- */

static void pack_weights(const struct check *c)
{
    struct matrix m = matrix_of(c);
    uint8_t *packed = areas[W].end - c->w_bytes;
    memset(packed, 0, c->w_bytes);
    pack(&m, packed);
}

static const float W_SCALE = 0.123f;

/* A token's scale: any number with a mantissa of 24 bits. */
static float scale_of(int t)
{
    return 1.0f / (float)(3 + t);
}

/* n rows with headers, the last, or the last sixteen, ending at the page; returns the first. What kernels must not read is
 * junk; rows without a token are only read. (Inlined, its variables would live across sigsetjmp, which gcc warns of.) */
__attribute__((noinline)) static int8_t *place_values(struct check *c, int n, size_t stride)
{
    int tiled = c->kernel->tiled > 0 && n >= c->kernel->tiled;
    size_t rows = tiled ? ((size_t)n + 15) / 16 * 16 : (size_t)n, line = tiled ? 1024 : 64;
    uint8_t *first = areas[X].end - (tiled ? rows * stride : HEADER + c->row_bytes + (rows - 1) * stride);
    if (c->placed_n == (size_t)n && c->placed_stride == stride)
        return (int8_t *)first + line;
    c->placed_n = (size_t)n, c->placed_stride = stride;
    memset(areas[X].from, 0x81, (size_t)(areas[X].end - areas[X].from));
    for (int t = 0; t < n; t++) {
        uint8_t *header = first + (tiled ? (size_t)(t / 16) * 16 * stride + (size_t)(t % 16) * 64 : (size_t)t * stride);
        const int8_t *values = c->values + (size_t)t * (size_t)c->k;
        int32_t sum = 0;
        for (int k = 0; k < c->k; k++)
            sum += values[k];
        float scale = scale_of(t);
        memcpy(header + offsetof(struct q8_header, scale), &scale, sizeof scale);
        memcpy(header + offsetof(struct q8_header, sum), &sum, sizeof sum);
        for (int k = 0; k < (int)c->row_bytes; k++)
            header[line + (size_t)(k / 64) * line + (size_t)(k % 64)] = k < c->k ? (uint8_t)values[k] : 0;
    }
    return (int8_t *)first + line;
}

/* ---- one call ---- */

struct call {
    int n, from, to;
    size_t x_stride, y_stride, y_block;
};

/* Where in y the result of row i of token t is. */
static size_t place(const struct call *call, int t, int i)
{
    return (size_t)(i / Y_BLOCK) * call->y_block + (size_t)t * call->y_stride + (size_t)(i % Y_BLOCK);
}

/* A form of result beside enum into. */
enum { SUMS = -1 };

static const char *const form_names[] = {"sums", "into an empty row", "into a sum", "into a gate"};

/* What a row held before, where values go into it: numbers of both signs, and 0. */
static float before(int t, int i)
{
    return (float)((7 * t + i) % 5 - 2) * 0.3f;
}

/* What a row must hold: the sum, or the bits of an f32. */
static int32_t want_of(const struct check *c, int t, int i, int form)
{
    int32_t sum = c->want[t * c->rows + i], bits;
    float old = before(t, i), f = (float)sum / scale_of(t) * W_SCALE;
    if (form == INTO_SUM)
        f = old + f;
    if (form == INTO_GATE)
        f = old > 0.0f ? old * old * f : 0.0f;
    memcpy(&bits, &f, sizeof bits);
    return form == SUMS ? sum : bits;
}

/* All of the output area: results where the call may write, and canaries, which they become, everywhere else. */
static int compare(const struct check *c, const struct call *call, int32_t *y, int form)
{
    for (int t = 0; t < call->n; t++)
        for (int i = call->from; i < call->to; i++) {
            int32_t *p = y + place(call, t, i), want = want_of(c, t, i, form);
            if (*p != want)
                return printf("# row %d, token %d: %" PRId32 ", not %" PRId32 "\n", i, t, *p, want), 0;
            *p = CANARY;
        }
    for (const int32_t *p = (const void *)areas[Y].from; p < (const int32_t *)(const void *)areas[Y].end; p++)
        if (*p != CANARY)
            return printf("# wrote %" PRId32 " outside, %td elements after y\n", *p, p - y), 0;
    return 1;
}

/* The kernel of n tokens, in the form that the matrix and the result have. */
static void run_call(const struct check *c, const struct call *call, const int8_t *x, int32_t *y, int form)
{
    const uint8_t *w = areas[W].end - c->w_bytes;
    void *scratch = areas[S].end - c->kernel->scratch;
    if (form != SUMS)
        c->kernel->scaled(w, x, call->x_stride, call->n, call->from, call->to, (float *)(void *)y, call->y_stride,
                          call->y_block, scratch, &W_SCALE, (enum into)form);
    else
        c->kernel->gemm(w, x, call->x_stride, call->n, call->from, call->to, y, call->y_stride, scratch);
}

/* Runs the kernel, its activations read-only. The last row of y ends at the page, all around it are canaries. */
static int check_form(const struct check *c, const struct call *call, const int8_t *x, int form)
{
    int32_t *end = (int32_t *)(void *)areas[Y].end;
    int32_t *y = end - (place(call, call->n - 1, c->rows - 1) + 1);
    for (int32_t *p = (int32_t *)(void *)areas[Y].from; p < end; p++)
        *p = CANARY;
    for (int t = 0; t < call->n && form > INTO_EMPTY; t++)
        for (int i = call->from; i < call->to; i++) {
            float old = before(t, i);
            memcpy(y + place(call, t, i), &old, sizeof old);
        }
    area_protect(&areas[X], PROT_READ);
    int number = sigsetjmp(trap, 1);
    if (number == 0)
        run_call(c, call, x, y, form);
    else
        explain_signal(number);
    area_protect(&areas[X], PROT_READ | PROT_WRITE);
    if (number == 0 && compare(c, call, y, form))
        return 1;
    return printf("# weights %s, activations %s, n = %d, rows %d to %d, strides %zu and %zu, %s\n", c->weights_name,
                  c->values_name, call->n, call->from, call->to, call->x_stride, call->y_stride, form_names[form + 1]), 0;
}

static int check_call(struct check *c, const struct call *call)
{
    if (c->kernel->list && call->n < c->kernel->tiled)
        return 1;                                /* single tokens have lists */
    const int8_t *x = place_values(c, call->n, call->x_stride);
    int good = 1, forms = c->kernel->scaled && call->n >= c->kernel->tiled ? INTO_GATE : SUMS;
    struct call blocks = {call->n, call->from, call->to, call->x_stride, Y_BLOCK, (size_t)call->n * Y_BLOCK};
    for (int form = SUMS; form <= forms && good; form++)
        good = check_form(c, call, x, form) && (form == SUMS || check_form(c, &blocks, x, form));
    return good;
}

/* ---- lists: the rows or columns that a single token needs ---- */

/* What the row must hold: of rows, those listed in full, canaries elsewhere; of columns, sums over those listed. */
static int32_t want_listed(const struct check *c, int i, const uint8_t *listed)
{
    const int8_t *w = c->weights + (size_t)i * (size_t)c->k;
    int32_t sum = 0;
    if (!c->kernel->rows_pad)
        return listed[i] ? c->want[i] : CANARY;
    for (int k = 0; k < c->k; k++)
        sum += listed[k] * w[k] * c->values[k];          /* 0 or 1: without a branch it is a loop over vectors */
    return sum;
}

static int compare_listed(const struct check *c, const int32_t *y, const uint8_t *listed)
{
    for (const int32_t *p = (const int32_t *)(const void *)areas[Y].from; p < y; p++)
        if (*p != CANARY)
            return printf("# wrote %" PRId32 " before y\n", *p), 0;
    for (int i = 0; i < c->rows; i++) {
        int32_t want = want_listed(c, i, listed);
        if (y[i] != want)
            return printf("# row %d: %" PRId32 ", not %" PRId32 "\n", i, y[i], want), 0;
    }
    return 1;
}

/* Rows or columns of the first token, those with listed[i] set. The list and y end at pages. */
static int check_list(struct check *c, const uint8_t *listed, int total)
{
    const int8_t *x = place_values(c, 1, HEADER);
    int32_t *y = (int32_t *)(void *)areas[Y].end - c->rows, *list = (int32_t *)(void *)areas[S].end;
    int count = 0;
    for (int i = total - 1; i >= 0; i--)
        if (listed[i])
            *--list = i, count++;
    for (int32_t *p = (int32_t *)(void *)areas[Y].from; p < y + c->rows; p++)
        *p = CANARY;
    int number = sigsetjmp(trap, 1);
    if (number == 0)
        c->kernel->list(areas[W].end - c->w_bytes, x, list, count, y);
    else
        explain_signal(number);
    if (number == 0 && compare_listed(c, y, listed))
        return 1;
    return printf("# weights %s, activations %s, %d of %d listed\n", c->weights_name, c->values_name, count, total), 0;
}

/* None, one, all, and random lists of every length modulo what kernels take at once. */
static int check_lists(struct check *c)
{
    int total = c->kernel->rows_pad ? c->k : c->rows, good = 1;
    uint8_t *listed = memset(new_array((size_t)total), 0, (size_t)total);
    good = check_list(c, listed, total);
    listed[random_below(total)] = 1;
    good = good && check_list(c, listed, total);
    for (int extra = 0; extra < 8 && good; extra++) {
        for (int i = 0; i < total; i++)
            listed[i] = random_below(5) < 2;
        for (int i = 0; i < extra; i++)
            listed[random_below(total)] ^= 1;
        good = check_list(c, listed, total);
    }
    memset(listed, 1, (size_t)total);
    good = good && check_list(c, listed, total);
    free(listed);
    return good;
}

/* ---- the calls that check one kernel ---- */

/* Every pair of patterns: nine tokens go through batched and single code, one through single code alone, more where many are
 * summed in another way. */
static int check_numbers(struct check *c)
{
    struct call nine = {FEW, 0, c->rows, c->row_bytes + HEADER, (size_t)c->rows, Y_BLOCK}, one = nine, many = nine;
    int good = 1;
    one.n = 1, many.n = c->kernel->many > 0 ? c->kernel->many + 1 : FEW;
    for (int w = 0; w < WEIGHTS && good; w++) {
        fill_weights(c, (enum weights)w);
        pack_weights(c);
        area_protect(&areas[W], PROT_READ);
        for (int x = 0; x < VALUES && good; x++) {
            fill_values(c, (enum values)x, many.n);
            compute_want(c, many.n);
            good = check_call(c, &nine) && check_call(c, &one) && (!c->kernel->list || check_lists(c)) &&
                   (many.n == FEW || check_call(c, &many));
        }
        area_protect(&areas[W], PROT_READ | PROT_WRITE);
    }
    return good;
}

static void fill_random(struct check *c, int tokens)
{
    fill_weights(c, RANDOM);
    pack_weights(c);
    fill_values(c, X_RANDOM, tokens);
    compute_want(c, tokens);
}

/* Random numbers: n = 1 .. 9 and, for blocks of many tokens, around 16, 32 and 128; ranges of tiles
 * (one is empty), strides as small as can be and larger ones, those of y odd. */
static int check_shapes(struct check *c)
{
    int tile = c->rows / c->tiles;
    static const int counts[] = {1, 2, 3, 4, 5, 6, 7, 8, FEW, 16, 17, 31, 33, TOKENS};
    const int ranges[][2] = {{0, c->rows}, {0, tile}, {tile, 3 * tile}, {3 * tile, c->rows}, {tile, tile}};
    fill_random(c, TOKENS);
    for (size_t i = 0; i < 2 * sizeof counts / sizeof counts[0]; i++)
        for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
            struct call call = {counts[i / 2], ranges[r][0], ranges[r][1], c->row_bytes + HEADER, (size_t)c->rows, Y_BLOCK};
            if (i % 2 > 0)
                call.x_stride += GAP, call.y_stride += GAP / 4 + 1;
            if (!check_call(c, &call))
                return 0;
        }
    return 1;
}

/* More rows than are summed at once (1024), not from the first one on */
static int check_rows(struct check *c)
{
    struct call call = {c->kernel->many + 9, c->rows / c->tiles, c->rows, c->row_bytes + HEADER, (size_t)c->rows, Y_BLOCK};
    fill_random(c, call.n);
    return check_call(c, &call);
}

static int check_matrix(const struct kernel_row *kernel, int tiles, int (*checks)(struct check *c))
{
    struct check c = {.kernel = kernel, .rows = tiles * kernel->lanes * kernel->groups, .tiles = tiles, .k = kernel->k};
    if (kernel->rows_pad)
        c.rows = kernel->rows_pad;
    size_t rows = (size_t)c.rows, k = (size_t)c.k, list_bytes = (rows > k ? rows : k) * sizeof(int32_t);
    c.w_bytes = kernel->rows_pad ? rows * (size_t)kernel->k_pad / 4 : (size_t)tiles * (size_t)kernel->tile_bytes;
    c.row_bytes = (k + 767) / 768 * 768;
    c.weights = new_array(rows * k);
    c.values = new_array(TOKENS * k);
    c.want = new_array(TOKENS * rows * sizeof *c.want);
    area_open(&areas[W], c.w_bytes);
    area_open(&areas[X], ROWS * (HEADER + c.row_bytes + GAP));
    area_open(&areas[Y], (TOKENS + 1) * (rows + GAP) * sizeof *c.want);
    area_open(&areas[S], (size_t)kernel->scratch + list_bytes);
    int good = checks(&c);
    for (int i = 0; i < AREAS; i++)
        area_close(&areas[i]);
    free(c.weights);
    free(c.values);
    free(c.want);
    return good;
}

static int check_kernel(const struct kernel_row *kernel)
{
    return check_matrix(kernel, TILES, check_numbers) && check_matrix(kernel, TILES, check_shapes) &&
           (!kernel->many || kernel->rows_pad || check_matrix(kernel, MANY_TILES, check_rows));
}

/* ---- bench: a matrix of about 64 KiB, so that the kernel is measured and not the memory ---- */

enum { BENCH_BYTES = 1 << 16, BENCH_TOKENS = 128, BENCH_NS = 200000000 };

/* The shortest of the calls that fit into BENCH_NS, in ns. A single token of a kernel for lists has all of them listed. */
static double bench_call(const struct kernel_row *kernel, size_t x_stride, int n, int rows, const int32_t *list)
{
    const uint8_t *w = areas[W].from;
    const int8_t *x = (const int8_t *)areas[X].from + q8_line(n, kernel->tiled);
    int32_t *y = (int32_t *)(void *)areas[Y].from;
    int64_t best = INT64_MAX, first = clock_ns(), end;
    do {
        int64_t start = clock_ns();
        if (n == 1 && kernel->list)
            kernel->list(w, x, list, kernel->rows_pad ? kernel->k : rows, y);
        else
            kernel->gemm(w, x, x_stride, n, 0, rows, y, (size_t)rows, areas[S].from);
        end = clock_ns();
        if (end - start < best)
            best = end - start;
    } while (end - first < BENCH_NS);
    return (double)best;
}

static void bench_kernel(const struct kernel_row *kernel)
{
    int tile = kernel->lanes * kernel->groups, tiles = BENCH_BYTES / kernel->tile_bytes + 1;
    int rows = kernel->rows_pad ? kernel->rows_pad : tile * tiles;
    size_t w_bytes = (size_t)(rows / tile) * (size_t)kernel->tile_bytes;
    size_t x_stride = HEADER + ((size_t)kernel->k + 767) / 768 * 768;
    area_open(&areas[W], w_bytes);
    area_open(&areas[X], BENCH_TOKENS * x_stride);
    area_open(&areas[Y], BENCH_TOKENS * (size_t)rows * sizeof(int32_t));
    area_open(&areas[S], (size_t)kernel->scratch + 1);
    memset(areas[W].from, 0x64, w_bytes);        /* the codes 0, 1, 2, 1 */
    int listed = rows > kernel->k ? rows : kernel->k;
    int32_t *list = new_array((size_t)listed * sizeof *list);
    for (int i = 0; i < listed; i++)
        list[i] = i;
    for (int n = 1; n <= BENCH_TOKENS; n = n == 1 ? 32 : 4 * n) {
        double ns = bench_call(kernel, x_stride, n, rows, list), weights = (double)rows * kernel->k * n;
        printf("# %-24s n = %3d %8.2f GB/s packed %8.1f weights/ns\n", kernel->name, n, (double)w_bytes / ns,
               weights / ns);
    }
    free(list);
    for (int i = 0; i < AREAS; i++)
        area_close(&areas[i]);
}

/* ---- the program ---- */

int main(int argc, char **argv)
{
    const char *only = "", *missing = cpu_missing(MODEL_NEEDS);
    int bench = 0, count = 0, failed = 0;
    seed = (uint64_t)clock_ns();
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--seed=", 7) == 0)
            seed = strtoull(argv[i] + 7, NULL, 0);
        else if (strncmp(argv[i], "--only=", 7) == 0)
            only = argv[i] + 7;
        else if (strcmp(argv[i], "--bench") == 0)
            bench = 1;
        else
            return fprintf(stderr, "usage: kernels [--seed=N] [--only=TEXT] [--bench]\n"), 64;
    }
    if (missing) {
        printf("1..0 # SKIP this CPU lacks %s\n", missing);
        return EXIT_SUCCESS;
    }
    printf("# %s, --seed=0x%" PRIx64 "\n", MODEL_TARGET, seed);
    catch_signals();
    for (int i = 0; i < model_kernel_count; i++) {
        const struct kernel_row *kernel = &model_kernels[i];
        if (!strstr(kernel->name, only))
            continue;
        int good = check_kernel(kernel);
        failed += !good;
        printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, kernel->name);
        if (bench && good)
            bench_kernel(kernel);
    }
    printf("1..%d\n", count);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
