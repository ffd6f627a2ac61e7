/* sample.c: penalty, top-k, top-p, min-p, temperature, draw. Contract: docs/NUMERICS.md 4. */
#include "sample.h"

#include "model.h"
#include "real.h"

struct candidate {
    float logit;
    int32_t id;
};

static struct candidate candidates[MODEL_VOCAB];
static float weights[MODEL_VOCAB];

/* The total order: logit descending, id ascending. */
static int before(struct candidate a, struct candidate b)
{
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

static void load(const float *logits, const int32_t *context, int n, float penalty)
{
    for (int32_t id = 0; id < MODEL_VOCAB; id++)
        candidates[id] = (struct candidate){ logits[id], id };
    if (penalty == 1.0f)
        return;
    for (int i = n > SAMPLE_PENALTY_WINDOW ? n - SAMPLE_PENALTY_WINDOW : 0; i < n; i++) {
        float l = logits[context[i]];      /* from the input: an id is penalised only once */
        candidates[context[i]].logit = l > 0 ? l / penalty : l * penalty;
    }
}

static int32_t largest(void)
{
    struct candidate best = candidates[0];
    for (int i = 1; i < MODEL_VOCAB; i++)
        if (before(candidates[i], best))
            best = candidates[i];
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

static void sort_first(int k)
{
    for (int i = k / 2 - 1; i >= 0; i--)
        sift_down(candidates, k, i);
    for (int i = k; i < MODEL_VOCAB; i++) {
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

static void weigh(int n, float temperature)
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
static int cut_min_p(int n, float min_p)
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

static int32_t draw(int n, double u)
{
    double limit = u * total_weight(n), sum = 0;
    for (int i = 0; i < n; i++) {
        sum += weights[i];
        if (sum > limit)
            return candidates[i].id;
    }
    return candidates[n - 1].id;
}

int32_t sample(const struct sample_options *options, const float *logits, const int32_t *context,
               int n)
{
    float temperature = (float)options->temperature;
    load(logits, context, n, (float)options->repeat_penalty);
    if (temperature <= 0)
        return largest();
    int k = options->top_k > 0 && options->top_k < MODEL_VOCAB ? options->top_k : MODEL_VOCAB;
    sort_first(k);
    weigh(k, 1.0f);
    if (options->top_p < 1)
        k = cut_top_p(k, options->top_p);
    if (options->min_p > 0)
        k = cut_min_p(k, (float)options->min_p);
    weigh(k, temperature);
    return draw(k, uniform(options->seed, (uint64_t)n));
}
