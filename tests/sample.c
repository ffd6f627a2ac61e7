/* sample.c: checks of runtime/sample.c. Prints TAP for tests/sample.t. The reference below follows
   docs/NUMERICS.md 4 word by word: it sorts everything and keeps every step apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "real.h"
#include "sample.h"

enum { V = MODEL_VOCAB };

static int n_checks, n_failed;

static void check(int ok, const char *what)
{
    n_checks++;
    n_failed += !ok;
    printf("%sok %d - %s\n", ok ? "" : "not ", n_checks, what);
}

/* ---- the reference ---- */

struct entry { float l; int id; };

static int by_logit_then_id(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->l != y->l)
        return x->l > y->l ? -1 : 1;
    return x->id - y->id;
}

static void penalise(float *l, const int32_t *context, int n, float r)
{
    for (int id = 0; id < V; id++) {
        int seen = 0;
        for (int i = 0; i < n; i++)
            seen |= context[i] == id && i >= n - 64;
        if (seen)
            l[id] = l[id] > 0 ? l[id] / r : l[id] * r;
    }
}

static double uniform(uint64_t seed, uint64_t t)
{
    uint64_t z = seed + (t + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z = z ^ (z >> 31);
    return (double)(z >> 11) / 9007199254740992.0;
}

static int reference(const struct sample_options *o, const float *logits, const int32_t *context,
                     int n)
{
    static struct entry e[V];
    static float l[V], w[V];
    memcpy(l, logits, sizeof l);
    penalise(l, context, n, (float)o->repeat_penalty);
    for (int i = 0; i < V; i++)
        e[i] = (struct entry){ l[i], i };
    qsort(e, V, sizeof e[0], by_logit_then_id);
    if ((float)o->temperature <= 0)
        return e[0].id;
    int k = o->top_k == 0 || o->top_k > V ? V : o->top_k;
    double all = 0, sum = 0;
    for (int i = 0; i < k; i++)
        all += w[i] = real_expf(e[i].l - e[0].l);
    if (o->top_p < 1) {
        int prefix = 0;
        do
            sum += w[prefix++];
        while (prefix < k && !(sum >= o->top_p * all));
        k = prefix;
    }
    int kept = 0;
    for (int i = 0; i < k; i++)
        if (i == 0 || w[i] >= (float)o->min_p)
            e[kept++] = e[i];
    double total = 0, running = 0, u = uniform(o->seed, (uint64_t)n);
    for (int i = 0; i < kept; i++)
        total += real_expf((e[i].l - e[0].l) / (float)o->temperature);
    for (int i = 0; i < kept; i++) {
        running += real_expf((e[i].l - e[0].l) / (float)o->temperature);
        if (running > u * total)
            return e[i].id;
    }
    return e[kept - 1].id;
}

/* ---- inputs ---- */

static uint64_t state = 20240229;

static uint32_t next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

/* kind 0: spread wide; 1: all close to 0; more: that many distinct values, so many ties. */
static void random_logits(float *l, int kind)
{
    for (int i = 0; i < V; i++) {
        float wide = (float)next() / 1e8f - 10;
        l[i] = kind == 0 ? wide : kind == 1 ? wide / 20 : (float)(next() % (uint32_t)kind) - 2;
    }
}

static struct sample_options random_options(void)
{
    static const int ks[] = { 0, 1, 2, 5, 40, V - 1, V, V + 1 };
    static const double ts[] = { 0, 1e-30, 0.2, 0.8, 1, 3 }, ps[] = { 0, 0.1, 0.5, 0.95, 0.999, 1 };
    static const double ms[] = { 0, 0.05, 0.5, 1 }, rs[] = { 1, 1.1, 2, 0.5 };
    return (struct sample_options){ ts[next() % 6], ks[next() % 8], ps[next() % 6], ms[next() % 4],
                                    rs[next() % 4], next() };
}

/* ---- what sample() is given: all ids, or what sample_need() says and no more ---- */

static struct candidate list[V];

static int32_t sample_all(const struct sample_options *o, const float *l, const int32_t *context,
                          int n)
{
    for (int id = 0; id < V; id++)
        list[id] = (struct candidate){ l[id], id };
    return sample(o, list, V, context, n);
}

static int is_in(const int32_t *ids, int n, int id)
{
    for (int i = 0; i < n; i++)
        if (ids[i] == id)
            return 1;
    return 0;
}

/* The least logit outside need->ids that is needed. */
static float least_needed(const struct sample_need *need, const float *l)
{
    static struct entry e[V];
    int n = 0;
    for (int id = 0; id < V; id++)
        if (!is_in(need->ids, need->n_ids, id))
            e[n++] = (struct entry){ l[id], id };
    qsort(e, (size_t)n, sizeof e[0], by_logit_then_id);
    int last = need->top > 0 ? need->top - 1 : n - 1;
    while (last >= n || (need->top == 0 && last > 0 && real_expf(e[last].l - e[0].l) < need->min_p))
        last--;
    return e[last].l;
}

static int32_t sample_needed(const struct sample_options *o, const float *l, const int32_t *context,
                             int n)
{
    struct sample_need need = sample_need(o, context, n);
    float least = least_needed(&need, l);
    int count = 0;
    for (int id = 0; id < V; id++)
        if (l[id] >= least || is_in(need.ids, need.n_ids, id))
            list[count++] = (struct candidate){ l[id], id };
    return sample(o, list, count, context, n);
}

/* ---- checks ---- */

static void compare_with_reference(void)
{
    static float l[V];
    int32_t context[200];
    int wrong = 0, wrong_needed = 0, kinds[] = { 0, 3, 20, 1 };
    for (int i = 0; i < 4000; i++) {
        int n = (int)(next() % 200);
        struct sample_options o = random_options();
        random_logits(l, kinds[i % 4]);
        for (int k = 0; k < n; k++)
            context[k] = (int32_t)(next() % V);
        int want = reference(&o, l, context, n);
        wrong += sample_all(&o, l, context, n) != want;
        wrong_needed += sample_needed(&o, l, context, n) != want;
    }
    check(wrong == 0, "4000 random cases, many with ties: the id of the definition");
    check(wrong_needed == 0, "and the same from what sample_need() asks for alone");
}

static int in_vocabulary(const struct sample_options *o, const float *l)
{
    int32_t context[3] = { 0, 1, 1 }, id = sample_all(o, l, context, 3);
    return id >= 0 && id < V;
}

static void hostile_logits(void)
{
    static const char *const names[] = { "all equal",      "all -inf",  "one +inf",
                                         "all +inf",       "all NaN",   "one NaN",
                                         "largest floats", "denormals", "-inf but one" };
    static float l[V];
    float inf = real_from_bitsf(0x7f800000), nan = real_from_bitsf(0x7fc00000),
          max = real_from_bitsf(0x7f7fffff);
    float fill[] = { 1, -inf, 0, inf, nan, 0, max, real_from_bitsf(1), -inf };
    float special[] = { 1, -inf, inf, inf, nan, nan, -max, -real_from_bitsf(1), 3 };
    for (int c = 0; c < 9; c++) {
        int ok = 1;
        for (int i = 0; i < V; i++)
            l[i] = fill[c];
        l[V / 2] = special[c];
        for (int i = 0; i < 300; i++) {
            struct sample_options o = random_options();
            ok &= in_vocabulary(&o, l);
        }
        check(ok, names[c]);
    }
}

/* Known by hand: id 3 has the largest logit, twice. */
static void known_answers(void)
{
    static float l[V];
    struct sample_options o = SAMPLE_DEFAULTS;
    int32_t context[80] = { 0 };
    l[3] = l[7] = 5;
    o.temperature = 0;
    check(sample_all(&o, l, context, 0) == 3, "greedy: the smallest id among equals");
    o.repeat_penalty = 2;
    context[0] = 3;
    check(sample_all(&o, l, context, 1) == 7, "the penalty moves the choice");
    check(sample_all(&o, l, context, 65) == 3, "and forgets after 64 tokens");
    context[1] = 7, context[2] = 3;
    check(sample_all(&o, l, context, 3) == 3, "a repeated id is penalised once");
    o = (struct sample_options)SAMPLE_DEFAULTS;
    l[7] = 0;
    int first = 0;
    for (int i = 0; i < 50; i++)
        first += sample_all(&o, l, context, i) == 3;
    check(first == 50, "defaults: min-p 0.05 drops e^-5");
    o.top_k = 1, o.min_p = 0, o.temperature = 100;
    check(sample_all(&o, l, context, 9) == 3, "top-k 1 is greedy at any temperature");
}

/* The two draws of seed 0: splitmix64's published first outputs are e220a8397b1dcdaf and
   6e789e6aa1b965f4. */
static void known_draws(void)
{
    static float l[V];
    struct sample_options o = { 1, 0, 1, 0, 1, 0 };
    int32_t context[2] = { 0 };
    check(sample_all(&o, l, context, 0) == (int)(V * ((double)(0xe220a8397b1dcdafu >> 11) * 0x1p-53)),
          "first draw of seed 0");
    check(sample_all(&o, l, context, 1) == (int)(V * ((double)(0x6e789e6aa1b965f4u >> 11) * 0x1p-53)),
          "second draw of seed 0");
}

int main(void)
{
    compare_with_reference();
    hostile_logits();
    known_answers();
    known_draws();
    printf("1..%d\n", n_checks);
    return n_failed > 0;
}
