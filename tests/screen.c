/* screen.c: the screened head against the full one, and its kernel against the definition. Linked with all objects of a program
 * but main.o; Y is the offset of the hidden state in the arena. Prints TAP for tests/screen.t.
 * Contract: docs/NUMERICS.md 8, docs/KERNELS.md 10. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "error.h"
#include "map.h"
#include "real.h"

enum { V = MODEL_VOCAB, K = MODEL_EMBD };

static int n_checks, n_failed;

static void check(int ok, const char *what)
{
    n_checks++;
    n_failed += !ok;
    printf("%sok %d - %s\n", ok ? "" : "not ", n_checks, what);
}

static uint64_t state = 20260117;

static uint32_t next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static int below(int n) { return (int)(next() % (uint32_t)n); }

/* about normal, deviation 1 */
static float normal(void)
{
    float sum = 0;
    for (int i = 0; i < 12; i++)
        sum += (float)next() * 0x1p-31f;
    return sum - 6;
}

/* ---- the kernel ---- */

enum { PATTERNS = 6 };

/* One group: random values, and the extremes that would saturate or overflow a careless sum. */
static int pattern(int kind, int k, int limit)
{
    switch (kind) {
    case 0: return limit;
    case 1: return k % 2 ? limit : 0;
    case 2: return 0;
    case 3: return k % 4 == 3 ? limit : 1;
    default: return below(limit + 1);
    }
}

static int scan_is_exact(int kind, int8_t *group, uint8_t *high, uint8_t *low)
{
    int k_pad = model_screen.k_pad;
    uint32_t sums[66] = { 0 }, want[64] = { 0 };
    sums[0] = sums[65] = 0x5ca1ab1e;
    for (int k = 0; k < k_pad; k++) {
        high[k] = (uint8_t)pattern(kind / 2, k, 127);
        low[k] = (uint8_t)pattern((kind / 2 + 1) % PATTERNS, k, 127);
        for (int i = 0; i < 64; i++) {
            int q = pattern(kind % PATTERNS, k + i, 127);
            group[256 * (k / 4) + 4 * i + k % 4] = (int8_t)(kind % 2 && i % 3 ? -q : q);
        }
    }
    for (int i = 0; i < 64; i++)
        for (int k = 0; k < k_pad; k++)
            want[i] += (uint32_t)(group[256 * (k / 4) + 4 * i + k % 4] * (128 * high[k] + low[k]));
    model_screen.scan(group, high, low, sums + 1);
    return memcmp(sums + 1, want, sizeof want) == 0 && sums[0] == 0x5ca1ab1e && sums[65] == 0x5ca1ab1e;
}

static void check_kernel(void)
{
    size_t k_pad = (size_t)model_screen.k_pad;
    int8_t *group = map_memory(64 * k_pad);
    uint8_t *limbs = map_memory(2 * k_pad);
    int ok = group && limbs;
    for (int kind = 0; kind < 2 * PATTERNS && ok; kind++)
        ok = scan_is_exact(kind, group, limbs, limbs + k_pad);
    check(ok, "the scan's sums are those of the definition, also for extremes");
}

/* ---- the choice: hidden states of many kinds, all options ---- */

static struct model *m;
static float *y;                           /* [K], in the arena */
static int32_t context[100];

static const char *const states[] = {
    "normal", "a row of the embedding", "close to a row", "one huge element", "two huge elements", "zero",
    "denormal", "small", "large", "largest", "one NaN", "infinite", "sparse", "minus a row", "powers of two",
    "ones", "almost half a step", "whole numbers",
};
enum { STATES = sizeof states / sizeof states[0] };

static void row_into(int id, float factor, float noise)
{
    int32_t token = id;
    if (model_eval(m, &token, 1, 0) == E_OK)     /* y is now what this token's row made of it */
        for (int k = 0; k < K; k++)
            y[k] = y[k] * factor + noise * normal();
}

static void fill_with(float first, float others)
{
    for (int k = 0; k < K; k++)
        y[k] = k == 0 ? first : others;
}

static void fill_state(int kind)
{
    for (int k = 0; k < K; k++)
        y[k] = kind == 5 ? 0 : normal();
    switch (kind) {
    case 1: row_into(below(V), 1, 0); break;
    case 2: row_into(below(V), 1, 0.01f); break;
    case 3: y[below(K)] = 1e6f; break;
    case 4: y[below(K)] = 3e4f, y[below(K)] = -3e4f; break;
    case 13: row_into(below(V), -1, 0); break;
    case 15: fill_with(1, 1); break;       /* along the rounding errors of some rows */
    case 16: fill_with(8191, 0.499f); break;   /* all of the residual along some rows */
    default: break;
    }
    for (int k = 0; k < K; k++) {
        static const float factor[STATES] = { [6] = 0x1p-140f, [7] = 0x1p-50f, [8] = 1e15f, [9] = 1e38f };
        if (factor[kind] > 0)
            y[k] = y[k] * factor[kind];
        if (kind == 12 && below(10))
            y[k] = 0;
        if (kind == 14)
            y[k] = (float)(1 << below(20)) * (below(2) ? 1 : -1);
        if (kind == 17)                    /* no residual: the roundings of the sums are all there is */
            y[k] = k == 0 ? 8191 : (float)below(8192);
    }
    if (kind == 10)
        y[below(K)] = real_from_bitsf(0x7fc00000);
    if (kind == 11)
        y[below(K)] = real_from_bitsf(0x7f800000);
}

static struct sample_options random_options(void)
{
    static const int ks[] = { 0, 1, 2, 5, 40, 200, 1024, 1025, V };
    static const double ts[] = { 0, 0, 0.2, 0.8, 1, 3 }, ps[] = { 0.1, 0.5, 0.95, 1, 1 };
    static const double ms[] = { 0, 0.05, 0.5, 1 }, rs[] = { 1, 1.1, 2, 0.5 };
    return (struct sample_options){ ts[below(6)], ks[below(9)], ps[below(5)], ms[below(4)], rs[below(4)], next() };
}

/* The full head and the screened one: the same error or the same choice, and all candidates with the full head's bits. */
static int same_choice(const struct sample_options *o, int n)
{
    static float full[V];
    struct sample_need all = { 0 }, some = sample_need(o, context, n);
    struct candidate *list;
    const float *logits;
    int count;
    enum error e = (enum error)model_logits(m, 0, &logits);
    if (e)
        return (enum error)model_candidates(m, 0, &some, &list, &count) == e;
    memcpy(full, logits, sizeof full);
    if (model_candidates(m, 0, &all, &list, &count) || count != V)
        return 0;
    int32_t want = sample(o, list, count, context, n);
    if (model_candidates(m, 0, &some, &list, &count))
        return 0;
    for (int i = 0; i < count; i++)
        if (memcmp(&list[i].logit, &full[list[i].id], sizeof *full) != 0 || (i > 0 && list[i].id <= list[i - 1].id))
            return 0;
    return sample(o, list, count, context, n) == want;
}

/* Every logit of the full head lies within its bounds, where there are some. Returns how many do not. */
static int outside_bounds(void)
{
    unsigned char *arena = (unsigned char *)m;
    struct step step = { .image = model_image(m), .arena = arena, .n = 1 };
    const float *logits, *lower = (const void *)(arena + MODEL_LOWER_OFFSET);
    const float *upper = (const void *)(arena + MODEL_UPPER_OFFSET);
    int bad = 0;
    if (!model_scan(&step, 0, (V + 63) / 64))
        return 0;
    if (model_logits(m, 0, &logits))
        return V;                          /* bounds promise that all are finite */
    for (int i = 0; i < V; i++)
        bad += !(logits[i] >= lower[i] && logits[i] <= upper[i]);
    return bad;
}

/* somewhere: 0 where this model's head can never be screened */
static void check_state(int kind, int turns, int somewhere)
{
    char name[100];
    int wrong = 0, outside = 0;
    struct choice_counts before = model_choice_counts(m);
    for (int i = 0; i < turns; i++) {
        int n = below(100);
        for (int k = 0; k < n; k++)
            context[k] = below(V);
        fill_state(kind);
        outside += outside_bounds();
        for (int j = 0; j < 4; j++) {
            struct sample_options o = random_options();
            wrong += !same_choice(&o, n);
        }
    }
    struct choice_counts after = model_choice_counts(m);
    unsigned long screened = (unsigned long)(after.choices - before.choices - (after.full - before.full));
    snprintf(name, sizeof name, "%s: the full head's choice and bits", states[kind]);
    printf("# %s: %d choices, %lu screened, %lu rows\n", states[kind], 4 * turns, screened,
           (unsigned long)(after.rows - before.rows));
    check(wrong == 0, name);
    snprintf(name, sizeof name, "%s: all logits within their bounds", states[kind]);
    check(outside == 0, name);
    int undecidable = !somewhere || kind == 5 || kind == 6 || kind == 9 || kind == 10 || kind == 11;
    check(undecidable ? screened == 0 : screened > 0, "screened where it can be, and only there");
}

/* Usage: screen IMAGE THREADS TURNS some|none */
int main(int argc, char **argv)
{
    int32_t id = 0;
    if (argc != 5 || model_open(&m, argv[1], NULL, atoi(argv[2])) || model_eval(m, &id, 1, 0)) {
        printf("Bail out! %s\n", model_error());
        return 1;
    }
    y = (float *)(void *)((unsigned char *)m + Y);     /* the model is the head of its arena */
    if (model_screen.name)
        check_kernel();
    for (int kind = 0; kind < STATES; kind++)
        check_state(kind, atoi(argv[3]), strcmp(argv[4], "none") != 0);
    model_close(m);
    printf("1..%d\n", n_checks);
    return n_failed > 0;
}
