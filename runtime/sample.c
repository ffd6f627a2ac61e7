/* sample.c: penalty, top-k, top-p, min-p, temperature, draw. Contract: docs/NUMERICS.md 4. */
#include "sample.h"

#include "model.h"
#include "real.h"

static float weights[MODEL_VOCAB];

/* The total order: logit descending, id ascending. */
static int before(struct candidate a, struct candidate b)
{
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

/* ---- penalty ---- */

static int window_start(int n) { return n > SAMPLE_PENALTY_WINDOW ? n - SAMPLE_PENALTY_WINDOW : 0; }

/* The candidate of this id: the list ascends. */
static struct candidate *find(struct candidate *list, int count, int32_t id)
{
    int from = 0;
    while (count > 1) {
        int half = count / 2;
        if (list[from + half].id <= id)
            from += half;
        count -= half;
    }
    return &list[from];
}

static void penalise(struct candidate *list, int count, const int32_t *context, int n,
                     float penalty)
{
    for (int i = window_start(n); i < n; i++) {
        int first = window_start(n);
        while (context[first] != context[i])
            first++;
        struct candidate *c = find(list, count, context[i]);
        if (first == i)                    /* an id is penalised only once */
            c->logit = c->logit > 0 ? c->logit / penalty : c->logit * penalty;
    }
}

static int32_t largest(const struct candidate *list, int count)
{
    struct candidate best = list[0];
    for (int i = 1; i < count; i++)
        if (before(list[i], best))
            best = list[i];
    return best.id;
}

/* ---- the k first candidates, in order: a heap with the worst of them at its root ---- */

static void sift_down(struct candidate *heap, int n, int i)
{
    struct candidate moving = heap[i];
    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(heap[child], heap[child + 1]))
            child++;
        if (!before(moving, heap[child]))
            break;
        heap[i] = heap[child];
    }
    heap[i] = moving;
}

static void sort_first(struct candidate *candidates, int count, int k)
{
    for (int i = k / 2 - 1; i >= 0; i--)
        sift_down(candidates, k, i);
    for (int i = k; i < count; i++) {
        if (before(candidates[i], candidates[0])) {
            candidates[0] = candidates[i];
            sift_down(candidates, k, 0);
        }
    }
    for (int n = k - 1; n > 0; n--) {      /* the worst goes last */
        struct candidate worst = candidates[0];
        candidates[0] = candidates[n];
        candidates[n] = worst;
        sift_down(candidates, n, 0);
    }
}

/* ---- fewer candidates, by weight ---- */

static void weigh(const struct candidate *candidates, int n, float temperature)
{
    for (int i = 0; i < n; i++)
        weights[i] = real_expf((candidates[i].logit - candidates[0].logit) / temperature);
}

static double total_weight(int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += weights[i];
    return sum;
}

static int cut_top_p(int n, double top_p)
{
    double limit = top_p * total_weight(n), sum = 0;
    for (int i = 0; i < n; i++) {
        sum += weights[i];
        if (sum >= limit)
            return i + 1;
    }
    return n;
}

/* The first candidate stays. All are tested: exp is not monotone to the last bit. */
static int cut_min_p(struct candidate *candidates, int n, float min_p)
{
    int kept = 1;
    for (int i = 1; i < n; i++)
        if (weights[i] >= min_p)
            candidates[kept++] = candidates[i];
    return kept;
}

/* ---- the draw ---- */

/* Uniform in [0, 1): 53 bits of splitmix64 (Steele, Lea, Flood 2014) of seed and position. */
static double uniform(uint64_t seed, uint64_t position)
{
    uint64_t z = seed + (position + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    z = z ^ z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

static int32_t draw(const struct candidate *candidates, int n, double u)
{
    double limit = u * total_weight(n), sum = 0;
    for (int i = 0; i < n; i++) {
        sum += weights[i];
        if (sum > limit)
            return candidates[i].id;
    }
    return candidates[n - 1].id;
}

/* ---- the choice ---- */

struct sample_need sample_need(const struct sample_options *options, const int32_t *context, int n)
{
    struct sample_need need = { 0, 0, context, 0 };
    if ((float)options->temperature <= 0)
        need.top = 1;
    else if (options->top_k > 0)
        need.top = options->top_k;
    else if (options->top_p >= 1)
        need.min_p = (float)options->min_p;
    if ((float)options->repeat_penalty != 1.0f) {
        need.ids = context + window_start(n);
        need.n_ids = n - window_start(n);
    }
    return need;
}

int32_t sample(const struct sample_options *options, struct candidate *list, int count,
               const int32_t *context, int n)
{
    float temperature = (float)options->temperature, penalty = (float)options->repeat_penalty;
    if (penalty != 1.0f)
        penalise(list, count, context, n, penalty);
    if (temperature <= 0)
        return largest(list, count);
    int k = options->top_k > 0 && options->top_k < count ? options->top_k : count;
    sort_first(list, count, k);
    weigh(list, k, 1.0f);
    if (options->top_p < 1)
        k = cut_top_p(k, options->top_p);
    if (options->min_p > 0)
        k = cut_min_p(list, k, (float)options->min_p);
    weigh(list, k, temperature);
    return draw(list, k, uniform(options->seed, (uint64_t)n));
}
