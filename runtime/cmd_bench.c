/* cmd_bench.c: `bench`: tokens per second of prefill and decode at several depths, beside what this
   memory can give. A program that fails its self-test gets no figures. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>

#include "clock.h"
#include "commands.h"
#include "engine.h"
#include "map.h"
#include "out.h"
#include "progress.h"
#include "selftest.h"

#define MEASURE_SECONDS 1.0                /* per row, at least; and at least MEASURE_TURNS times */
#define MEASURE_TURNS 3

struct row {
    const char *phase;
    int depth;                             /* tokens before (decode), tokens in all (prefill) */
};

static const struct row rows[] = {
    { "prefill", 32 }, { "prefill", 128 }, { "prefill", 512 },
    { "decode", 0 }, { "decode", 512 }, { "decode", 2048 },
};

/* ---- the memory: a read-only sweep of the weights by the same threads ---- */

struct sweep {
    const uint64_t *words;
    size_t n;                              /* bytes */
    uint64_t sums[TEAM_MAX];               /* kept, so that no read can be left out */
};

static void sweep_job(void *arg, int thread, int threads)
{
    struct sweep *s = arg;
    size_t part = s->n / (size_t)threads / 64 * 8;
    const uint64_t *w = s->words + part * (size_t)thread;
    uint64_t a = 0, b = 0, c = 0, d = 0;
    for (size_t i = 0; i < part; i += 8) {
        a += w[i] + w[i + 4];
        b += w[i + 1] + w[i + 5];
        c += w[i + 2] + w[i + 6];
        d += w[i + 3] + w[i + 7];
    }
    s->sums[thread] += a + b + c + d;
}

/* Bytes per second, the best of MEASURE_TURNS after one to warm up. */
static double sweep_rate(struct model *m)
{
    static struct sweep sweep;
    uint64_t hot = MODEL_BYTES_PER_TOKEN;
    if (hot > MODEL_IMAGE_BYTES)
        hot = MODEL_IMAGE_BYTES;
    double best = 0;
    sweep.words = (const void *)(model_image(m) + (MODEL_IMAGE_BYTES - hot) / 64 * 64);
    sweep.n = (size_t)hot / 64 * 64;
    for (int i = 0; i <= MEASURE_TURNS; i++) {
        double start = clock_seconds();
        model_run(m, sweep_job, &sweep);
        double rate = (double)sweep.n / (clock_seconds() - start);
        if (i > 0 && rate > best)
            best = rate;
    }
    return best;
}

/* ---- the model ---- */

static int least(int a, int b) { return a < b ? a : b; }

static enum error fill(struct model *m, int from, int to)
{
    int32_t ids[MODEL_BATCH];
    for (int i = 0; i < MODEL_BATCH; i++)
        ids[i] = (int32_t)((uint32_t)(from + i) * 2654435761u % MODEL_VOCAB);
    enum error e = E_OK;
    for (int n; from < to && !e; from += n) {
        n = least(to - from, MODEL_BATCH);
        e = model_eval(m, ids, n, from);
    }
    return e;
}

/* What a user waits for: a prompt and the logits after it, or one token and its logits. */
static enum error turn(struct model *m, const struct row *row)
{
    const float *logits;
    int decode = row->phase[0] == 'd';
    int from = decode ? row->depth : 0, to = decode ? row->depth + 1 : row->depth;
    enum error e = fill(m, from, to);
    if (!e)
        e = model_logits(m, (to - from - 1) % MODEL_BATCH, &logits);
    return e;
}

/* Seconds per turn, averaged. */
static enum error measure(struct model *m, const struct row *row, double *seconds)
{
    enum error e = row->phase[0] == 'd' ? fill(m, 0, row->depth) : E_OK;
    if (!e)
        e = turn(m, row);
    int turns = 0;
    double start = clock_seconds(), spent = 0;
    while (!e && (turns < MEASURE_TURNS || spent < MEASURE_SECONDS)) {
        e = turn(m, row);
        turns++;
        spent = clock_seconds() - start;
    }
    *seconds = spent / (turns ? turns : 1);
    return e;
}

/* Bytes of weights and cache that one token at this depth reads. */
static double bytes_per_token(const struct row *row)
{
    if (row->phase[0] != 'd')
        return (double)MODEL_BYTES_PER_TOKEN / least(row->depth, MODEL_BATCH);
    return (double)MODEL_BYTES_PER_TOKEN + (double)MODEL_KV_BYTES * row->depth / MODEL_CTX;
}

static void print_row(const struct options *o, const struct row *row, double seconds, double sweep,
                      int first)
{
    int tokens = row->phase[0] == 'd' ? 1 : row->depth;
    double rate = tokens / seconds, bytes = bytes_per_token(row);
    if (o->json)
        out_text("%s\n  {\"phase\": \"%s\", \"depth\": %d, \"threads\": %d, "
                 "\"tokens_per_second\": %.6g, \"bytes_per_token\": %.0f, "
                 "\"bandwidth_share\": %.4g, \"peak_share\": null}", first ? "[" : ",",
                 row->phase, row->depth, o->threads, rate, bytes, rate * bytes / sweep);
    else
        out_text("%-8s %6d %8d %10.2f %9.3f %10.2f %8.2f %8.1f %%\n", row->phase, row->depth,
                 o->threads, rate, 1e3 / rate, bytes * 1e-6, rate * bytes * 1e-9,
                 100 * rate * bytes / sweep);
    out_flush();
}

static enum error measure_all(const struct options *o, struct model *m)
{
    double sweep = sweep_rate(m), seconds;
    int printed = 0, count = (int)(sizeof rows / sizeof rows[0]);
    if (!o->json)
        out_text("%s for %s, %d threads, read-only sweep of the weights %.2f GB/s\n\n"
                 "phase     depth  threads   tokens/s  ms/token   MB/token     GB/s   of sweep\n",
                 MODEL_NAME, MODEL_TARGET, o->threads, sweep * 1e-9);
    struct progress progress = progress_start("bench", (uint64_t)count);
    enum error e = E_OK;
    for (int i = 0; i < count && !e; i++) {
        progress_show(&progress, (uint64_t)i);
        if (rows[i].depth + (rows[i].phase[0] == 'd') > MODEL_CTX)
            continue;
        e = measure(m, &rows[i], &seconds);
        progress_end(&progress);
        if (!e)
            print_row(o, &rows[i], seconds, sweep, printed++ == 0);
    }
    if (o->json)
        out_text("\n]\n");
    return e;
}

static void report_failure(const char *name, enum error e)
{
    if (e)
        fprintf(stderr, "FAIL %s: %s\n", name, error_message());
}

enum error cmd_bench(const struct options *o)
{
    struct model *m;
    int failed;
    enum error e = selftest(o, report_failure, &failed);
    if (!e && failed)
        e = error_set(E_SELF_TEST, "checks failed: %d; no figures from a broken program", failed);
    if (!e)
        e = model_open(&m, o->image, NULL, o->threads);
    if (e)
        return e;
    e = measure_all(o, m);
    model_close(m);
    return e;
}
