/* rope.c: the frequency of every pair of a head, from the header.
 * Contract: docs/NUMERICS.md 2.4. Keys: ggml-org/llama.cpp, gguf-py/gguf/constants.py. */
#include "oracle.h"

static int is_type(const struct model *m, const char *name)
{
    const struct gguf_value *type = model_value(m, "rope.scaling.type");
    return type && gguf_same(gguf_string(type), name);
}

static int original_context(const struct model *m)
{
    const struct gguf_value *v = model_value(m, "rope.scaling.original_context_length");
    return (int)gguf_integer(v ? v : model_value(m, "context_length"));
}

/* The divisors, or NULL. The context is the model's own: what is built for less tests nothing else. */
static const struct tensor *divisors_of(const struct model *m)
{
    if (!is_type(m, "longrope"))
        return gguf_tensor_if(&m->gguf, "rope_freqs.weight");
    int longer = (int)gguf_integer(model_value(m, "context_length")) > original_context(m);
    return gguf_tensor(&m->gguf, longer ? "rope_factors_long.weight" : "rope_factors_short.weight");
}

static double within(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* c(n) */
static double pair_of_turns(const struct model *m, double base, double n)
{
    double d = m->head_dim, original = original_context(m);
    double c = (d * real_log(original / (6.283185307179586 * n))) / (2 * real_log(base));
    return within(c, 0, d - 1);
}

static double yarn(const struct model *m, double base, double f, double s, int j)
{
    int lo = 0, hi = 0;
    while (lo + 1 <= pair_of_turns(m, base, 32))
        lo++;
    while (hi < pair_of_turns(m, base, 1))
        hi++;
    double r = 1 - within((j - lo) / (hi - lo > 0.001 ? hi - lo : 0.001), 0, 1);
    return (f / s) * (1 - r) + f * r;
}

void rope_open(struct rope *rope, const struct model *m)
{
    double base = (double)model_f32(m, "rope.freq_base", 10000);
    double s = (double)model_f32(m, "rope.scaling.factor", 1);
    int d = m->head_dim;
    float divisors[d / 2];
    const struct tensor *t = divisors_of(m);
    if (t)
        rows_read(t, 0, divisors);
    rope->interleaved = m->arch->interleaved;
    rope->frequency = allocate((size_t)d / 2, sizeof *rope->frequency);
    rope->m = (double)model_f32(m, "rope.scaling.attn_factor", 1);
    if (is_type(m, "yarn"))
        rope->m = rope->m * (1 + 0.1 * real_log(s));
    for (int j = 0; j < d / 2; j++) {
        double f = real_exp(-((2.0 * j) / d) * real_log(base));
        if (t)
            f = f / (double)divisors[j];
        rope->frequency[j] = is_type(m, "yarn") ? yarn(m, base, f, s, j) : f / s;
    }
}
