/* cmd_bench.c: `bench`: speed of prefill and decode at several depths, beside what this machine
   gives. A program that fails its self-test gets no figures. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>

#include "bench.h"
#include "clock.h"
#include "commands.h"
#include "engine.h"
#include "open.h"
#include "out.h"
#include "progress.h"
#include "sample.h"
#include "selftest.h"

_Static_assert(BARRIERS_MS - ATTENTION_MS == PHASE_BARRIERS - PHASE_ATTENTION
               && BARRIERS_MS - ATTENTION_MS + 1 == PHASES, "phases are figures in the same order");

/* A row's turns are repeated for so long. The phases have turns of their own, so that reading the
   clock costs the others nothing. */
#define ROW_SECONDS 1.0
#define ROW_TURNS 3                        /* at least */
#define PHASES_SECONDS 0.3
#define TURNS_MOST 4096
#define LIMITS_TURNS 10                    /* around rows: two with each prefetch distance */
#define LIMITS_SECONDS 0.25                /* from one to the next among turns of rows */

struct shape {
    const char *phase, *mode;
    int depth;                             /* tokens before (decode), tokens in all (prefill) */
};

static const struct shape shapes[] = {
    { "prefill", "dense", 32 }, { "prefill", "dense", 128 }, { "prefill", "dense", 512 },
    { "decode", "dense", 0 }, { "decode", "dense", 512 }, { "decode", "dense", 2048 },
    { "decode", "sparse", 0 }, { "decode", "sparse", 512 }, { "decode", "sparse", 2048 },
};

#define SHAPES (sizeof shapes / sizeof shapes[0])

/* All turns of a row. */
struct timing {
    const struct shape *shape;
    int turns;
    double seconds[TURNS_MOST];            /* [turns], sorted */
    double spent, joules, listed;          /* of all turns; listed: bytes that they read of lists */
    double full_heads;                     /* turns for whose choice the screen was no help */
};

struct bench {
    struct model *model;
    int threads;
    int filled;                            /* positions of the cache that hold their tokens */
    struct bench_limits limits;            /* before, among and after the turns of these rows */
    struct energy energy;
    int n;
    struct timing timings[SHAPES];
    struct bench_row rows[SHAPES];
};

static int is_decode(const struct shape *s) { return s->phase[0] == 'd'; }
static int is_sparse(const struct shape *s) { return s->mode[0] == 's'; }
static int tokens_of(const struct shape *s) { return is_decode(s) ? 1 : s->depth; }

/* ---- one turn: what a user waits for, a prompt or one token, and the choice of the next ---- */

/* Evaluates positions from .. to - 1. A position has the same token in every row. */
static enum error fill(struct bench *b, int from, int to)
{
    int32_t ids[MODEL_BATCH];
    enum error e = E_OK;
    for (int n; from < to && !e; from += n) {
        n = to - from < MODEL_BATCH ? to - from : MODEL_BATCH;
        for (int i = 0; i < n; i++)
            ids[i] = (int32_t)((uint32_t)(from + i) * 2654435761u % MODEL_VOCAB);
        e = model_eval(b->model, ids, n, from);
    }
    if (b->filled < to)
        b->filled = to;
    return e;
}

static enum error turn(struct bench *b, const struct shape *s, struct phases *phases)
{
    static const struct sample_options options = SAMPLE_DEFAULTS;
    const struct sample_need need = sample_need(&options, NULL, 0);
    struct candidate *list = NULL;
    int from = is_decode(s) ? s->depth : 0, n = tokens_of(s), count = 0;
    enum error e = fill(b, from, from + n);
    if (!e)
        e = model_candidates(b->model, (n - 1) % MODEL_BATCH, &need, &list, &count);
    if (phases)
        phases_enter(phases, PHASE_SAMPLING);
    if (!e && !MODEL_POOLED)
        sample(&options, list, count, NULL, 0);
    return e;
}

/* times[0 .. n - 1] are sorted; so are times[0 .. n] afterwards. */
static void insert(double *times, int n, double time)
{
    for (; n > 0 && times[n - 1] > time; n--)
        times[n] = times[n - 1];
    times[n] = time;
}

/* Bytes that all ops that skip have read so far. */
static double listed_bytes(const struct model *m)
{
    double bytes = 0;
    for (int i = 0; i < model_skip_count; i++)
        bytes += (double)model_listed(m, i) * model_skips[i].bytes;
    return bytes;
}

static double skippable_bytes(void)
{
    double bytes = 0;
    for (int i = 0; i < model_skip_count; i++)
        bytes += (double)model_skips[i].total * model_skips[i].bytes;
    return bytes;
}

static enum error time_turn(struct bench *b, struct timing *t)
{
    model_set_dense(b->model, !is_sparse(t->shape));
    double listed = listed_bytes(b->model), joules = energy_joules(&b->energy);
    uint64_t full = model_choice_counts(b->model).full;
    double start = clock_seconds();
    enum error e = turn(b, t->shape, NULL);
    double time = clock_seconds() - start;
    insert(t->seconds, t->turns++, time);
    t->spent += time;
    t->joules += energy_joules(&b->energy) - joules;
    t->listed += listed_bytes(b->model) - listed;
    t->full_heads += (double)(model_choice_counts(b->model).full - full);
    return e;
}

/* Milliseconds per token in each phase. */
static enum error time_phases(struct bench *b, const struct shape *s, double ms[PHASES])
{
    static struct phases phases;
    int turns = 0;
    enum error e = E_OK;
    model_set_dense(b->model, !is_sparse(s));
    model_phases(b->model, &phases);
    double start = clock_seconds();
    do {
        e = turn(b, s, &phases);
        turns++;
    } while (!e && clock_seconds() - start < PHASES_SECONDS);
    phases_enter(&phases, PHASE_SAMPLING);
    model_phases(b->model, NULL);
    for (int i = 0; i < PHASES; i++)
        ms[i] = 1e-6 * (double)phases.ns[i] / ((double)turns * tokens_of(s));
    return e;
}

/* ---- a row ---- */

/* Weights of every batch, the head once, and for decode the cache before this token. */
static double bytes_per_token(const struct timing *t)
{
    const struct shape *s = t->shape;
    double tokens = tokens_of(s), batches = (tokens + MODEL_BATCH - 1) / MODEL_BATCH;
    double bytes = (double)(MODEL_BYTES_PER_TOKEN - MODEL_HEAD_BYTES) * (double)(int)batches;
    bytes += (double)MODEL_HEAD_BYTES;
    if (is_decode(s))
        bytes += (double)MODEL_KV_BYTES * s->depth / MODEL_CTX;
    if (is_sparse(s))
        bytes -= skippable_bytes() - t->listed / t->turns;
    return bytes / tokens;
}

/* The speed of a row; its fastest turn beside the best limits: all of them at their best moment. */
static void set_speed(const struct bench *b, const struct timing *t, double *f)
{
    double tokens = tokens_of(t->shape), median = t->seconds[t->turns / 2];
    double ternary = (double)(MODEL_MACS_PER_TOKEN - MODEL_HEAD_MACS);
    f[TOKENS_PER_SECOND] = tokens / median;
    f[MS_PER_TOKEN] = 1e3 * median / tokens;
    f[FASTEST_MS] = 1e3 * t->seconds[0] / tokens;
    f[BYTES_PER_TOKEN] = bytes_per_token(t);
    f[BYTES_PER_SECOND] = f[BYTES_PER_TOKEN] * tokens / t->seconds[0];
    f[MACS_PER_SECOND] = ternary * tokens / t->seconds[0];
    f[JOULES_PER_TOKEN] = b->energy.n ? t->joules / t->turns / tokens : BENCH_UNKNOWN;
    f[FULL_HEADS] = t->full_heads;
    f[SWEEP_BYTES_PER_SECOND] = b->limits.bytes_per_second;
    f[PEAK_MACS_PER_SECOND] = b->limits.macs_per_second;
    f[BANDWIDTH_SHARE] = f[BYTES_PER_SECOND] / f[SWEEP_BYTES_PER_SECOND];
    f[PEAK_SHARE] = f[MACS_PER_SECOND] / f[PEAK_MACS_PER_SECOND];
}

static enum error set_row(struct bench *b, const struct timing *t, struct bench_row *row)
{
    const char *const texts[TEXTS] = { t->shape->phase, t->shape->mode, MODEL_NAME, MODEL_TARGET };
    for (int i = 0; i < TEXTS; i++)
        snprintf(row->text[i], sizeof row->text[i], "%s", texts[i]);
    row->figure[DEPTH] = t->shape->depth;
    row->figure[THREADS] = b->threads;
    set_speed(b, t, row->figure);
    row->figure[PEAK_MEMORY_BYTES] = bench_peak_memory();
    return time_phases(b, t->shape, row->figure + ATTENTION_MS);
}

/* ---- rows that are compared with each other take turns: what disturbs one disturbs all ---- */

static int has_enough(const struct timing *t)
{
    return t->turns == TURNS_MOST || (t->turns >= ROW_TURNS && t->spent >= ROW_SECONDS);
}

/* What the rows need, and a turn of each that does not count: pages, frequency, caches. */
static enum error warm_up(struct bench *b, const struct timing *t, int n)
{
    enum error e = E_OK;
    for (int i = 0; i < n && !e; i++) {
        model_set_dense(b->model, !is_sparse(t[i].shape));
        if (is_decode(t[i].shape))
            e = fill(b, b->filled, t[i].shape->depth);
        if (!e)
            e = turn(b, t[i].shape, NULL);
    }
    return e;
}

static enum error time_rows(struct bench *b, struct timing *t, int n)
{
    enum error e = warm_up(b, t, n);
    double last = clock_seconds();
    for (int enough = 0, turn = 0; !enough && !e;) {
        enough = 1;
        for (int i = 0; i < n && !e; i++) {
            e = time_turn(b, &t[i]);
            enough &= has_enough(&t[i]);
        }
        if (clock_seconds() - last > LIMITS_SECONDS) {
            bench_limits(b->model, turn++, &b->limits);
            last = clock_seconds();
        }
    }
    return e;
}

static void measure_limits(struct bench *b)
{
    for (int turn = 0; turn < LIMITS_TURNS; turn++)
        bench_limits(b->model, turn, &b->limits);
}

static enum error measure_rows(struct bench *b, int first, int n)
{
    b->limits = (struct bench_limits){ 0, 0 };
    measure_limits(b);
    enum error e = time_rows(b, b->timings + first, n);
    measure_limits(b);
    for (int i = first; i < first + n && !e; i++)
        e = set_row(b, &b->timings[i], &b->rows[i]);
    return e;
}

/* ---- all rows ---- */

static void choose_rows(struct bench *b)
{
    for (size_t i = 0; i < SHAPES; i++) {
        const struct shape *s = &shapes[i];
        if (s->depth + is_decode(s) <= MODEL_CTX && (!is_sparse(s) || model_skip_count > 0))
            b->timings[b->n++].shape = s;
    }
}

static enum error measure_all(struct bench *b, const struct options *o)
{
    choose_rows(b);
    struct progress progress = progress_start("bench", (uint64_t)b->n, "rows", 1);
    enum error e = E_OK;
    for (int first = 0, end; first < b->n && !e; first = end) {
        int tokens = tokens_of(b->timings[first].shape);
        for (end = first + 1; end < b->n && tokens_of(b->timings[end].shape) == tokens;)
            end++;
        progress_show(&progress, (uint64_t)first);
        e = measure_rows(b, first, end - first);
        progress_end(&progress);
        for (int i = first; i < end && !e && !o->json; i++)
            bench_print_row(&b->rows[i]);
    }
    return e;
}

static void print_summary(const struct bench *b)
{
    const struct bench_row *best = b->rows;
    for (int i = 1; i < b->n; i++)
        if (b->rows[i].figure[SWEEP_BYTES_PER_SECOND] > best->figure[SWEEP_BYTES_PER_SECOND])
            best = &b->rows[i];
    out_text("\n");
    bench_print_phases(b->rows, b->n);
    out_text("\nsweep   %.2f GB/s, read-only, of the bytes of a dense decode\n"
             "peak    %.1f GMAC/s, %s on registers\n"
             "energy  %s\n", 1e-9 * best->figure[SWEEP_BYTES_PER_SECOND],
             1e-9 * best->figure[PEAK_MACS_PER_SECOND], model_peak_name, b->energy.about);
    double memory = bench_peak_memory();
    if (memory >= 0)
        out_text("memory  %.1f MB at most, image included\n", 1e-6 * memory);
}

static void report_failure(const char *name, enum error e)
{
    if (e)
        fprintf(stderr, "FAIL %s: %s\n", name, error_message());
}

enum error cmd_bench(const struct options *o)
{
    static struct bench bench;
    int failed;
    if (o->compare)
        return bench_compare(o);
    enum error e = selftest(o, report_failure, &failed);
    if (!e && failed)
        e = error_set(E_SELF_TEST, "checks failed: %d; no figures from a broken program", failed);
    energy_open(&bench.energy, "/sys");
    bench_forget_memory();
    if (!e)
        e = open_model(&bench.model, o);
    if (e)
        return e;
    bench.threads = o->threads;
    if (!o->json) {
        out_text("%s for %s, -t %d\n\n", MODEL_NAME, MODEL_TARGET, o->threads);
        bench_print_headings();
    }
    e = measure_all(&bench, o);
    if (!e && o->json)
        bench_print_json(bench.rows, bench.n);
    else if (!e)
        print_summary(&bench);
    model_close(bench.model);
    return e;
}
