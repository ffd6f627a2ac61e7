/* screen.c: scan, threshold, candidates, exact rows, on all threads. Contract: screen.h,
   docs/NUMERICS.md 8. */
#include "screen.h"

#include <float.h>

#include "real.h"

enum { GROUP = 64, GROUPS = (MODEL_VOCAB + GROUP - 1) / GROUP };

struct screen {
    const struct step *step;
    const struct sample_need *need;
    float *lower, *upper;                  /* [MODEL_VOCAB], bounds of the logits */
    float *tops;                           /* [threads][2][MODEL_SCREEN_TOP] */
    struct candidate *list;
    int top;                               /* of the largest lower bounds, the one that counts */
    int counts[TEAM_MAX];                  /* candidates among each thread's rows */
    int n;                                 /* candidates in the end, 0: undecided */
};

struct part { int from, to; };

static struct part share(int count, int thread, int threads)
{
    return (struct part){ (int)((int64_t)count * thread / threads),
                          (int)((int64_t)count * (thread + 1) / threads) };
}

static int least(int a, int b) { return a < b ? a : b; }

static struct part rows_of(int thread, int threads)
{
    struct part groups = share(GROUPS, thread, threads);
    return (struct part){ least(groups.from * GROUP, MODEL_VOCAB),
                          least(groups.to * GROUP, MODEL_VOCAB) };
}

/* Ids whose logits change later are candidates whatever their bounds, and push nobody out. */
static void except(const struct screen *s, struct part rows)
{
    for (int i = 0; i < s->need->n_ids; i++) {
        int32_t id = s->need->ids[i];
        if (id >= rows.from && id < rows.to) {
            s->lower[id] = -FLT_MAX;
            s->upper[id] = FLT_MAX;
        }
    }
}

/* ---- the largest of many: a heap with the smallest of them at its root ---- */

static void clear(float *heap, int n)
{
    for (int i = 0; i < n; i++)
        heap[i] = -FLT_MAX;
}

static void keep_largest(float *heap, int n, const float *x, int count)
{
    for (int k = 0; k < count; k++) {
        if (!(x[k] > heap[0]))
            continue;
        int i = 0;
        for (int child; (child = 2 * i + 1) < n; i = child) {
            if (child + 1 < n && heap[child + 1] < heap[child])
                child++;
            if (!(heap[child] < x[k]))
                break;
            heap[i] = heap[child];
        }
        heap[i] = x[k];
    }
}

/* ---- threshold: no row with its upper bound below can matter ---- */

/* Of the largest lower bound for min-p: weights are exp(l - largest). The slack, relative to all
   that is subtracted, is a multiple of what the roundings of l - largest and of exp can make. */
static float below_largest(float largest, float min_p)
{
    double size = largest < 0 ? -(double)largest : (double)largest;
    double log_p = min_p < 1 ? real_log((double)min_p) : 0;
    return (float)((double)largest + log_p - (size + 128) * 0x1p-20);
}

static float threshold(const struct screen *s, int thread, int threads)
{
    float *all = s->tops + (2 * (size_t)thread + 1) * MODEL_SCREEN_TOP;
    clear(all, s->top);
    for (int t = 0; t < threads; t++)
        keep_largest(all, s->top, s->tops + 2 * (size_t)t * MODEL_SCREEN_TOP, s->top);
    return s->need->top > 0 ? all[0] : below_largest(all[0], s->need->min_p);
}

/* ---- candidates ---- */

/* Writes the ids over the lower bounds of the same rows, which have been used. Returns how many. */
static int collect(const struct screen *s, struct part rows, float least_upper)
{
    int32_t *ids = (int32_t *)(void *)(s->lower + rows.from);
    int n = 0;
    for (int id = rows.from; id < rows.to; id++)
        if (s->upper[id] >= least_upper)
            ids[n++] = id;
    return n;
}

/* Candidates part.from .. part.to of all threads' together, as they follow each other. */
static void take(const struct screen *s, struct part part, int threads)
{
    int at = 0;
    for (int t = 0; t < threads; t++) {
        const int32_t *ids = (const int32_t *)(void *)(s->lower + rows_of(t, threads).from);
        for (int i = 0; i < s->counts[t]; i++, at++)
            if (at >= part.from && at < part.to)
                s->list[at].id = ids[i];
    }
}

static void screen_job(void *arg, int thread, int threads)
{
    struct screen *s = arg;
    struct part groups = share(GROUPS, thread, threads), rows = rows_of(thread, threads);
    float *tops = s->tops + 2 * (size_t)thread * MODEL_SCREEN_TOP;
    team_mark(s->step->team, thread, PHASE_HEAD);
    if (!model_scan(s->step, groups.from, groups.to))
        return;                            /* so do all threads */
    except(s, rows);
    clear(tops, s->top);
    keep_largest(tops, s->top, s->lower + rows.from, rows.to - rows.from);
    team_barrier(s->step->team);
    s->counts[thread] = collect(s, rows, threshold(s, thread, threads));
    team_barrier(s->step->team);
    int n = 0;
    for (int t = 0; t < threads; t++)
        n += s->counts[t];
    if (n > SCREEN_LIMIT)
        return;
    struct part part = share(n, thread, threads);
    take(s, part, threads);
    model_rows(s->step, s->list + part.from, part.to - part.from);
    if (thread == 0)
        s->n = n;
}

int screen_candidates(const struct step *step, const struct sample_need *need,
                      struct candidate *list)
{
    int top = need->top > 0 ? need->top : need->min_p > 0;
    if (top == 0 || top > MODEL_SCREEN_TOP)
        return 0;
    struct screen s = { .step = step, .need = need, .list = list, .top = top };
    s.lower = (float *)(void *)(step->arena + MODEL_LOWER_OFFSET);
    s.upper = (float *)(void *)(step->arena + MODEL_UPPER_OFFSET);
    s.tops = (float *)(void *)(step->arena + MODEL_TOPS_OFFSET);
    team_run(step->team, screen_job, &s);
    return s.n;
}
