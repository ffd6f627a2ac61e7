/* selftest.c: does this machine compute what the program was built to compute? Contract:
   selftest.h. CPU, memory, image, elementary functions, kernels against the definition, batches,
   threads, known answers. */
#include "selftest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu.h"
#include "engine.h"
#include "hash.h"
#include "map.h"
#include "packing.h"
#include "real.h"
#include "sample.h"

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;    /* splitmix64 */
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* ---- the machine ---- */

static enum error check_cpu(void)
{
    const char *missing = cpu_missing(MODEL_NEEDS);
    return missing ? error_set(E_CPU, "this CPU lacks '%s', of '%s' for %s", missing, MODEL_NEEDS,
                               MODEL_TARGET) : E_OK;
}

static enum error check_memory(void)
{
    uint64_t need = MODEL_IMAGE_BYTES + MODEL_ARENA_BYTES, there = map_physical();
    if (there && need > there)
        return error_set(E_SELF_TEST, "image and arena take %" PRIu64 " bytes of %" PRIu64, need,
                         there);
    return E_OK;
}

/* ---- exp, log, sin, cos ---- */

static int is_near(double got, double want, double tolerance)
{
    double difference = got - want, bound = tolerance * (want < 0 ? -want : want);
    return difference <= bound && -difference <= bound;
}

/* Hash of the results for 1000 arguments each: the last bits count. tests/real.t computes it a
   second time. */
#define REAL_HASH 0x993091804435528du

static uint64_t hash_of_results(void)
{
    uint64_t h = HASH_BASIS;
    for (int i = 0; i < 1000; i++) {
        float f = real_expf((float)(i - 500) * 0.171875f);
        double d[4] = { real_exp((i - 500) * 1.37109375), real_log((i + 1) * 0.01171875),
                        real_sin(i * 7.90625), real_cos(i * 7.90625) };
        h = hash_fnv1a(hash_fnv1a(h, &f, sizeof f), d, sizeof d);
    }
    return h;
}

static enum error check_real(void)
{
    static const struct { double (*f)(double); double x, want; } known[] = {
        { real_exp, 1, 2.718281828459045235 }, { real_exp, -20, 2.0611536224385578280e-9 },
        { real_log, 2, 0.69314718055994530942 }, { real_log, 500000, 13.122363377404328362 },
        { real_sin, 1, 0.84147098480789650665 }, { real_sin, 4095, -0.9978212103769744 },
        { real_cos, 1, 0.54030230586813971740 }, { real_cos, 4095, -0.0659759965580649 },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!is_near(known[i].f(known[i].x), known[i].want, 1e-13))
            return error_set(E_SELF_TEST, "f(%g) = %.17g, not %.17g", known[i].x,
                             known[i].f(known[i].x), known[i].want);
    if (!is_near((double)real_expf(1), 2.718281828459045235, 1e-7))
        return error_set(E_SELF_TEST, "expf(1) = %.9g", (double)real_expf(1));
    uint64_t h = hash_of_results();
    if (h != REAL_HASH)
        return error_set(E_SELF_TEST, "last bits differ: hash %016" PRIx64 ", not %016" PRIx64, h,
                         (uint64_t)REAL_HASH);
    return E_OK;
}

/* ---- matmul kernels: two tiles of rows, a few tokens, against the definition; and 128 rows of
   many tokens where those are summed in another way ---- */

enum { KERNEL_TOKENS = 5, KERNEL_MANY = 32, KERNEL_TILES = 2, MANY_ROWS = 128 };

struct kernel_case {
    const struct kernel_row *row;
    int rows, extreme;
    size_t w_bytes, x_stride;
    uint8_t *w;                            /* packed, docs/PACKINGS.md */
    size_t line;
    int8_t *x;                             /* the first token's row */
    int32_t *y;                            /* [tokens][rows] */
    uint8_t *scratch;
};

static int8_t *value_at(const struct kernel_case *c, int t, int k)
{
    size_t token = q8_offset(c->line, c->x_stride, t) - c->line;
    return c->x + token + (size_t)k / 64 * c->line + k % 64;
}

/* Random weights; in the extreme case, where the packing allows it, without zeros. */
static void fill_weights(struct kernel_case *c, uint64_t *seed)
{
    for (size_t i = 0; i < c->w_bytes; i++)
        c->w[i] = packing_takes_all(c->row) ? (uint8_t)next_random(seed) : 0;
    for (int i = 0; i < c->rows && !packing_takes_all(c->row); i++)
        for (int k = 0; k < c->row->k_pad; k++) {
            uint64_t r = next_random(seed);
            uint64_t most = (uint64_t)c->row->code_max;
            packing_put(c->row, c->w, i, k, (int)(c->extreme ? r % 2 * most : r % (most + 1)));
        }
}

/* Random weights and values; the extreme case has only +-127. */
static void fill_case(struct kernel_case *c, uint64_t seed)
{
    fill_weights(c, &seed);
    for (int t = 0; t < KERNEL_MANY; t++) {
        struct q8_header *header = (void *)(value_at(c, t, 0) - c->line);
        int32_t sum = 0;
        for (int k = 0; k < c->row->k; k++) {
            uint64_t r = next_random(&seed);
            int8_t *x = value_at(c, t, k);
            *x = (int8_t)(c->extreme ? (r & 1 ? 127 : -127) : (int)(r % 255) - 127);
            sum += *x;
        }
        header->sum = sum;
    }
}

static enum error compare_case(const struct kernel_case *c, int tokens, int rows)
{
    c->row->gemm(c->w, c->x, c->x_stride, tokens, 0, rows, c->y, (size_t)c->rows, c->scratch);
    for (int i = 0; i < rows; i++) {
        int32_t want[KERNEL_MANY] = { 0 };
        for (int k = 0; k < c->row->k; k++) {
            int weight = packing_get(c->row, c->w, i, k) - 1;
            for (int t = 0; t < tokens; t++)
                want[t] += weight * *value_at(c, t, k);
        }
        for (int t = 0; t < tokens; t++)
            if (c->y[t * c->rows + i] != want[t])
                return error_set(E_SELF_TEST, "row %d, token %d: %" PRId32 ", not %" PRId32, i, t,
                                 c->y[t * c->rows + i], want[t]);
    }
    return E_OK;
}

static enum error check_kernel(const struct kernel_row *row)
{
    int tile = row->lanes * row->groups, tiles = row->many ? MANY_ROWS / tile : KERNEL_TILES;
    struct kernel_case c = { .row = row, .rows = tiles * tile };
    c.w_bytes = (size_t)tiles * (size_t)row->tile_bytes;
    if (row->rows_pad) {
        c.rows = row->rows_pad;
        c.w_bytes = (size_t)row->rows_pad * (size_t)row->k_pad / 4;
    }
    c.x_stride = sizeof(struct q8_header) + (size_t)(row->k + 767) / 768 * 768;
    size_t w_room = (c.w_bytes + 63) / 64 * 64, x_bytes = KERNEL_MANY * c.x_stride;
    size_t y_bytes = (size_t)KERNEL_MANY * (size_t)c.rows * sizeof *c.y;
    size_t bytes = w_room + x_bytes + (size_t)row->scratch + y_bytes;
    unsigned char *memory = map_memory(bytes);
    if (!memory)
        return E_MEM;
    c.w = memory;
    c.line = q8_line(KERNEL_TOKENS, row->tiled);
    c.x = (int8_t *)(memory + w_room + c.line);
    c.scratch = memory + w_room + x_bytes;
    c.y = (int32_t *)(void *)(c.scratch + row->scratch);
    enum error e = E_OK;
    for (c.extreme = 0; c.extreme <= 1 && !e; c.extreme++) {
        fill_case(&c, (uint64_t)row->k);
        e = compare_case(&c, KERNEL_TOKENS, c.rows);
        if (!e && row->many)
            e = compare_case(&c, KERNEL_MANY, MANY_ROWS);
    }
    map_release(memory, bytes);
    return e;
}

/* ---- the head's screen: random values and extremes, against the definition ---- */

static enum error compare_group(int8_t *group, uint8_t *high, uint8_t *low, int extreme)
{
    uint32_t want[64] = { 0 }, got[64];
    uint64_t seed = (uint64_t)extreme;
    for (int k = 0; k < model_screen.k_pad; k++) {
        high[k] = extreme ? 127 : (uint8_t)(next_random(&seed) & 127);
        low[k] = extreme ? 127 : (uint8_t)(next_random(&seed) & 127);
        for (int i = 0; i < 64; i++) {
            int q = extreme ? (i & 1 ? 127 : -127) : (int)(next_random(&seed) % 255) - 127;
            group[256 * (k / 4) + 4 * i + k % 4] = (int8_t)q;
            want[i] += (uint32_t)(q * (128 * high[k] + low[k]));
        }
    }
    model_screen.scan(group, high, low, got);
    for (int i = 0; i < 64; i++)
        if (got[i] != want[i])
            return error_set(E_SELF_TEST, "row %d: %" PRIu32 ", not %" PRIu32, i, got[i], want[i]);
    return E_OK;
}

static enum error check_screen(void)
{
    size_t k = (size_t)model_screen.k_pad;
    unsigned char *memory = map_memory(66 * k);
    if (!memory)
        return E_MEM;
    enum error e = E_OK;
    for (int extreme = 0; extreme <= 1 && !e; extreme++)
        e = compare_group((int8_t *)memory, memory + 64 * k, memory + 65 * k, extreme);
    map_release(memory, 66 * k);
    return e;
}

/* ---- the whole model ---- */

enum { SEQUENCE = MODEL_CTX < 24 ? MODEL_CTX : 24, ODD_BATCH = MODEL_BATCH < 7 ? MODEL_BATCH : 7 };

/* Logits hashes of every position of a fixed sequence of random ids, evaluated `batch` tokens at
   once. */
static enum error hash_sequence(struct model *m, int batch, uint64_t hashes[SEQUENCE])
{
    int32_t ids[SEQUENCE];
    uint64_t seed = 1;
    for (int i = 0; i < SEQUENCE; i++)
        ids[i] = (int32_t)(next_random(&seed) % MODEL_VOCAB);
    for (int pos = 0; pos < SEQUENCE; pos += batch) {
        int n = SEQUENCE - pos < batch ? SEQUENCE - pos : batch;
        enum error e = model_eval(m, ids + pos, n, pos);
        for (int i = 0; i < n && !e; i++) {
            const float *logits;
            e = model_logits(m, i, &logits);
            if (!e)
                hashes[pos + i] = hash_fnv1a(HASH_BASIS, logits, MODEL_OUTPUTS * sizeof *logits);
        }
        if (e)
            return e;
    }
    return E_OK;
}

static enum error compare_sequence(struct model *m, int batch, const uint64_t want[SEQUENCE])
{
    uint64_t got[SEQUENCE];
    enum error e = hash_sequence(m, batch, got);
    for (int i = 0; i < SEQUENCE && !e; i++)
        if (got[i] != want[i])
            e = error_set(E_SELF_TEST,
                          "logits of position %d: hash %016" PRIx64 ", not %016" PRIx64, i, got[i],
                          want[i]);
    return e;
}

static enum error check_threads(const struct options *o, int threads, const uint64_t want[SEQUENCE])
{
    struct model *m;
    enum error e = model_open(&m, o->image, NULL, threads);
    if (e)
        return e;
    e = compare_sequence(m, ODD_BATCH, want);
    model_close(m);
    return e;
}

static enum error check_answer(struct model *m, const struct known_answer *answer)
{
    const struct sample_options greedy = { .temperature = 0, .repeat_penalty = 1 };
    enum error e = E_OK;
    int n = 0, pos = 0;
    for (; pos < answer->n_prompt && !e; pos += n) {
        n = answer->n_prompt - pos < MODEL_BATCH ? answer->n_prompt - pos : MODEL_BATCH;
        e = model_eval(m, answer->prompt + pos, n, pos);
    }
    for (int i = 0; i < answer->n_expect && !e; i++) {
        struct sample_need need = sample_need(&greedy, NULL, 0);
        struct candidate *list;
        int count;
        e = model_candidates(m, n - 1, &need, &list, &count);
        int32_t id = e ? 0 : sample(&greedy, list, count, NULL, 0);
        if (!e && id != answer->expect[i])
            e = error_set(E_SELF_TEST, "token %d: %" PRId32 ", not %" PRId32, i, id,
                          answer->expect[i]);
        if (!e && i + 1 < answer->n_expect) {
            n = 1;
            e = model_eval(m, &answer->expect[i], n, pos++);
        }
    }
    return e;
}

/* After each token of the fixed sequence: what is chosen from the candidates alone and from all
   logits. */
static enum error check_choices(struct model *m)
{
    static const struct sample_options options[] = { { .repeat_penalty = 1 }, SAMPLE_DEFAULTS };
    enum error e = E_OK;
    uint64_t seed = 1;
    for (int pos = 0; pos < SEQUENCE && !e; pos++) {
        int32_t token = (int32_t)(next_random(&seed) % MODEL_VOCAB), id[2];
        e = model_eval(m, &token, 1, pos);
        for (int i = 0; i < 4 && !e; i++) {
            struct sample_need need = { 0 };
            struct candidate *list;
            int count;
            if (i % 2 == 0)
                need = sample_need(&options[i / 2], NULL, 0);
            e = model_candidates(m, 0, &need, &list, &count);
            if (!e)
                id[i % 2] = sample(&options[i / 2], list, count, NULL, 0);
            if (!e && i % 2 == 1 && id[0] != id[1])
                e = error_set(E_SELF_TEST, "position %d: token %" PRId32 ", not %" PRId32, pos,
                              id[0], id[1]);
        }
    }
    return e;
}

/* ---- all of it ---- */

static int count_failure(selftest_report *report, const char *name, enum error e)
{
    report(name, e);
    return e != E_OK;
}

static int check_model(const struct options *o, struct model *m, selftest_report *report)
{
    static uint64_t hashes[SEQUENCE];
    char name[80];
    int failed = 0, other = o->threads > 1 ? 1 : MODEL_THREADS > 1 ? 2 : 1;
    struct map image = { .image = model_image(m), .bytes = (size_t)MODEL_IMAGE_BYTES };
    failed += count_failure(report, "image checksum", map_checksum(&image));
    failed += count_failure(report, "exp, log, sin, cos", check_real());
    for (int i = 0; i < model_kernel_count; i++)
        failed += count_failure(report, model_kernels[i].name, check_kernel(&model_kernels[i]));
    if (model_screen.name)
        failed += count_failure(report, model_screen.name, check_screen());
    failed += count_failure(report, "forward pass", hash_sequence(m, 1, hashes));
    snprintf(name, sizeof name, "batches of 1 and %d: same bits", ODD_BATCH);
    failed += count_failure(report, name, compare_sequence(m, ODD_BATCH, hashes));
    snprintf(name, sizeof name, "%d and %d threads: same bits", o->threads, other);
    failed += count_failure(report, name, check_threads(o, other, hashes));
    if (!MODEL_POOLED)
        failed += count_failure(report, "choices: as by the full head", check_choices(m));
    for (int i = 0; i < model_answer_count; i++) {
        snprintf(name, sizeof name, "known answer %d", i + 1);
        failed += count_failure(report, name, check_answer(m, &model_answers[i]));
    }
    return failed;
}

enum error selftest(const struct options *o, selftest_report *report, int *failed)
{
    struct model *m;
    enum error e = check_cpu();
    report("CPU features", e);
    if (e)
        return e;
    *failed = count_failure(report, "memory", check_memory());
    e = model_open(&m, o->image, NULL, o->threads);
    report("image identity", e);
    if (e)
        return e;
    *failed += check_model(o, m, report);
    model_close(m);
    return E_OK;
}
