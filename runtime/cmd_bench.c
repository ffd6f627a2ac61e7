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

/* A row: its turns are repeated for so long. The phases have turns of their own, so that reading
   the clock costs the others nothing. */
#define ROW_SECONDS 1.0
#define ROW_TURNS 3                        /* at least */
#define PHASES_SECONDS 0.3
#define TURNS_MOST 4096

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

struct bench {
    struct model *model;
    int filled;                            /* positions of the cache that hold their tokens */
    double skipped;                        /* bytes that tokens of this row did not read, each */
    struct bench_limits limits;            /* measured last */
    struct energy energy;
    int n;
    struct bench_row rows[SHAPES];
};

static int least(int a, int b) { return a < b ? a : b; }

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
        n = least(to - from, MODEL_BATCH);
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

/* times[0 .. n] are sorted; so are times[0 .. n + 1] afterwards. */
static void insert(double *times, int n, double time)
{
    for (; n > 0 && times[n - 1] > time; n--)
        times[n] = times[n - 1];
    times[n] = time;
}

/* Per turn; joules: the mean; full_heads: turns, for whose choice the screen was no help. */
struct timing { double median, fastest, joules, full_heads; };

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

static enum error time_turns(struct bench *b, const struct shape *s, struct timing *timing)
{
    static double times[TURNS_MOST];
    double spent = 0, joules = BENCH_UNKNOWN, joules_before = energy_joules(&b->energy);
    double listed = listed_bytes(b->model);
    uint64_t full = model_choice_counts(b->model).full;
    enum error e = E_OK;
    int turns = 0;
    while (!e && turns < TURNS_MOST && (turns < ROW_TURNS || spent < ROW_SECONDS)) {
        double start = clock_seconds();
        e = turn(b, s, NULL);
        double time = clock_seconds() - start;
        insert(times, turns++, time);
        spent += time;
        joules = energy_joules(&b->energy);
    }
    b->skipped = skippable_bytes() - (listed_bytes(b->model) - listed) / (turns ? turns : 1);
    *timing = (struct timing){ times[turns / 2], times[0], BENCH_UNKNOWN,
                               (double)(model_choice_counts(b->model).full - full) };
    if (joules >= 0)
        timing->joules = (joules - joules_before) / turns;
    return e;
}

/* Milliseconds per token in each phase. */
static enum error time_phases(struct bench *b, const struct shape *s, double ms[PHASES])
{
    static struct phases phases;
    int turns = 0;
    enum error e = E_OK;
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
static double bytes_per_token(const struct bench *b, const struct shape *s)
{
    double tokens = tokens_of(s), batches = (tokens + MODEL_BATCH - 1) / MODEL_BATCH;
    double bytes = (double)(MODEL_BYTES_PER_TOKEN - MODEL_HEAD_BYTES) * (double)(int)batches;
    bytes += (double)MODEL_HEAD_BYTES;
    if (is_decode(s))
        bytes += (double)MODEL_KV_BYTES * s->depth / MODEL_CTX;
    if (is_sparse(s))
        bytes -= b->skipped;
    return bytes / tokens;
}

static double better(double a, double b) { return a > b ? a : b; }

/* The speed of a row; its fastest turn beside the limits before and after, whichever were better:
   all of them at their best moment. */
static void set_speed(struct bench *b, const struct shape *s, const struct timing *timing,
                      double *f)
{
    struct bench_limits after = { 0 };
    bench_limits(b->model, &after);
    double tokens = tokens_of(s), ternary = (double)(MODEL_MACS_PER_TOKEN - MODEL_HEAD_MACS);
    f[TOKENS_PER_SECOND] = tokens / timing->median;
    f[MS_PER_TOKEN] = 1e3 * timing->median / tokens;
    f[FASTEST_MS] = 1e3 * timing->fastest / tokens;
    f[BYTES_PER_TOKEN] = bytes_per_token(b, s);
    f[BYTES_PER_SECOND] = f[BYTES_PER_TOKEN] * tokens / timing->fastest;
    f[MACS_PER_SECOND] = ternary * tokens / timing->fastest;
    f[JOULES_PER_TOKEN] = timing->joules < 0 ? BENCH_UNKNOWN : timing->joules / tokens;
    f[FULL_HEADS] = timing->full_heads;
    f[SWEEP_BYTES_PER_SECOND] = better(b->limits.bytes_per_second, after.bytes_per_second);
    f[PEAK_MACS_PER_SECOND] = better(b->limits.macs_per_second, after.macs_per_second);
    f[BANDWIDTH_SHARE] = f[BYTES_PER_SECOND] / f[SWEEP_BYTES_PER_SECOND];
    f[PEAK_SHARE] = f[MACS_PER_SECOND] / f[PEAK_MACS_PER_SECOND];
    b->limits = after;
}

static enum error measure_row(struct bench *b, const struct shape *s, int threads,
                              struct bench_row *row)
{
    const char *const texts[TEXTS] = { s->phase, s->mode, MODEL_NAME, MODEL_TARGET };
    struct timing timing;
    double *f = row->figure;
    model_set_dense(b->model, !is_sparse(s));
    enum error e = is_decode(s) ? fill(b, b->filled, s->depth) : E_OK;
    if (!e)
        e = turn(b, s, NULL);              /* not measured: pages, frequency, caches */
    if (!e)
        e = time_turns(b, s, &timing);
    if (!e)
        e = time_phases(b, s, f + ATTENTION_MS);
    if (e)
        return e;
    for (int i = 0; i < TEXTS; i++)
        snprintf(row->text[i], sizeof row->text[i], "%s", texts[i]);
    f[DEPTH] = s->depth;
    f[THREADS] = threads;
    set_speed(b, s, &timing, f);
    f[PEAK_MEMORY_BYTES] = bench_peak_memory();
    return E_OK;
}

/* ---- all rows ---- */

static enum error measure_all(struct bench *b, const struct options *o)
{
    struct progress progress = progress_start("bench", SHAPES, "rows", 1);
    enum error e = E_OK;
    bench_limits(b->model, &b->limits);
    for (size_t i = 0; i < SHAPES && !e; i++) {
        progress_show(&progress, i);
        if (shapes[i].depth + is_decode(&shapes[i]) > MODEL_CTX
            || (is_sparse(&shapes[i]) && model_skip_count == 0))
            continue;
        e = measure_row(b, &shapes[i], o->threads, &b->rows[b->n]);
        progress_end(&progress);
        if (!e && !o->json)
            bench_print_row(&b->rows[b->n]);
        b->n += !e;
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
