/* ops.c: the operations of the forward pass on plain arrays.
 * Contract: docs/NUMERICS.md 1, 2.1 to 2.5 and 2.7. */
#include "oracle.h"

/* Lane sum: term k goes to lane k mod 16, the lanes are added as a tree. */
struct lanes {
    float s[16];
};

static void lanes_add(struct lanes *l, int k, float term)
{
    l->s[k % 16] += term;
}

static float lanes_total(const struct lanes *l)
{
    struct lanes sum = *l;
    for (int half = 8; half >= 1; half /= 2)
        for (int i = 0; i < half; i++)
            sum.s[i] += sum.s[i + half];
    return sum.s[0];
}

float op_dot(const float *a, const float *b, int n)
{
    struct lanes sum = {{0}};
    for (int k = 0; k < n; k++)
        lanes_add(&sum, k, a[k] * b[k]);
    return lanes_total(&sum);
}

void op_add(float *x, const float *y, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = x[i] + y[i];
}

void op_rms(float *out, const float *x, const struct tensor *norm, float eps)
{
    int n = (int)norm->k;
    float w[n];
    rows_read(norm, 0, w);
    float r = 1 / __builtin_sqrtf(op_dot(x, x, n) / (float)n + eps);
    for (int i = 0; i < n; i++)
        out[i] = (x[i] * r) * w[i];
}

/* Half even, for |x| < 2^22: there the unit of f32 at 1.5 * 2^23 is 1, so the addition rounds. */
static float round_half_even(float x)
{
    float shifted = x + 12582912.0f;
    return shifted - 12582912.0f;
}

float op_quantise(int8_t *q, const float *x, int n)
{
    float m = 1e-5f;
    for (int i = 0; i < n; i++) {
        float size = x[i] < 0 ? -x[i] : x[i];
        m = size > m ? size : m;
    }
    float s = 127 / m;
    for (int i = 0; i < n; i++) {
        float rounded = round_half_even(x[i] * s);
        q[i] = (int8_t)(rounded > 127 ? 127 : rounded < -127 ? -127 : rounded);
    }
    return s;
}

/* The exact integer, as a float: columns k .. end of row i. */
static float sum_of(const struct tensor *w, uint64_t i, const int8_t *q, int k, int end)
{
    int32_t acc = 0;
    for (; k < end; k++)
        acc += w->w[i * w->k + (uint64_t)k] * q[k];
    return (float)acc;
}

/* Columns k .. end, which share a scale, of row i: the exact sum, or the lane sum over their blocks. */
static float group_of(const struct tensor *w, uint64_t i, const int8_t *q, const float *s, int block, int k,
    int end)
{
    struct lanes sum = {{0}};
    if (block == 0)
        return sum_of(w, i, q, k, end);
    for (int b = 0; k < end; b++, k += block)
        lanes_add(&sum, b, sum_of(w, i, q, k, k + block < end ? k + block : end) * (1 / s[k / block]));
    return lanes_total(&sum);
}

void op_matmul(float *out, const struct tensor *w, float factor, const float *h, int block)
{
    int n = (int)w->k, size = block ? block : n, group = (int)w->group;
    int8_t q[n];
    float s[n / size + 1];
    if (!w->w)
        die("%.*s is not ternary", (int)w->name.n, w->name.bytes);
    for (int k = 0; k < n; k += size)
        s[k / size] = op_quantise(q + k, h + k, n - k < size ? n - k : size);
    for (uint64_t i = 0; i < w->rows; i++) {
        const float *scale = &w->scale[i * ((w->k + 31) / 32)];
        struct lanes sum = {{0}};
        if (group == n) {
            float v = group_of(w, i, q, s, block, 0, n);
            out[i] = (block ? v : v / s[0]) * (*scale * factor);
            continue;
        }
        for (int g = 0; g * group < n; g++)
            lanes_add(&sum, g, group_of(w, i, q, s, block, g * group, g * group + group) * scale[g * group / 32]);
        out[i] = (block ? lanes_total(&sum) : lanes_total(&sum) / s[0]) * factor;
    }
}

void op_rope(float *x, int heads, int d, int t, const struct rope *r)
{
    for (int h = 0; h < heads; h++)
        for (int j = 0; j < d / 2; j++) {
            double angle = t * r->frequency[j];
            float c = (float)(real_cos(angle) * r->m), s = (float)(real_sin(angle) * r->m);
            float *a = &x[h * d + (r->interleaved ? 2 * j : j)];
            float *b = r->interleaved ? a + 1 : a + d / 2;
            float turned = *a * c - *b * s;
            *b = *a * s + *b * c;
            *a = turned;
        }
}

float op_relu2(float g)
{
    float r = g > 0 ? g : 0;
    return r * r;
}

float op_silu(float g)
{
    return g / (1 + real_expf(-g));
}

float op_gelu(float g)
{
    float z = 1.59576912f * (g * (1 + 0.044715f * (g * g)));
    return g / (1 + real_expf(-z));
}

void op_gate(float *f, const float *g, const float *u, int n, float (*activation)(float))
{
    for (int i = 0; i < n; i++)
        f[i] = activation == op_relu2 && !(g[i] > 0) ? 0 : activation(g[i]) * u[i];
}

void op_scale(float *x, float factor, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = x[i] * factor;
}

void op_unit(float *e, const float *y, int n)
{
    float ss = op_dot(y, y, n);
    float r = ss > 0 ? 1 / __builtin_sqrtf(ss) : 0;
    for (int i = 0; i < n; i++)
        e[i] = y[i] * r;
}

/* What f16 makes of a key, a value or a query. -DCACHE_F32 leaves it alone: not the definition, but how the
 * published float32 values that tests/oracle.t knows were computed. */
static float halved(float x)
{
#ifdef CACHE_F32
    return x;
#else
    return f16_widen(f16_round(x));
#endif
}

void op_store(const struct cache *c, int t, const float *k, const float *v)
{
    int n = c->heads * c->d;
    for (int i = 0; i < n; i++) {
        c->k[(size_t)t * n + i] = halved(k[i]);
        c->v[(size_t)t * n + i] = halved(v[i]);
    }
}

/* One head. K and V are its vectors at position 0; the next position's are stride elements on. */
static void attend(float *a, const float *q, const float *K, const float *V, size_t stride, int d,
    int t)
{
    float e[t + 1], r[d], m = 0;
    float scale = 1 / __builtin_sqrtf((float)d);
    for (int i = 0; i < d; i++)
        r[i] = halved(q[i]);
    for (int p = 0; p <= t; p++) {
        e[p] = op_dot(r, K + p * stride, d) * scale;
        m = p == 0 || e[p] > m ? e[p] : m;
    }
    struct lanes sum = {{0}};
    for (int p = 0; p <= t; p++) {
        e[p] = real_expf(e[p] - m);
        lanes_add(&sum, p, e[p]);
    }
    float inv = 1 / lanes_total(&sum);
    for (int i = 0; i < d; i++) {
        float o = 0;
        for (int p = 0; p <= t; p++)
            o = o + e[p] * V[p * stride + i];
        a[i] = o * inv;
    }
}

void op_attention(float *a, const float *q, int heads, const struct cache *c, int t)
{
    for (int h = 0; h < heads; h++) {
        int shared = h / (heads / c->heads); /* the kv head of this head */
        attend(a + h * c->d, q + h * c->d, c->k + shared * c->d, c->v + shared * c->d,
            (size_t)c->heads * c->d, c->d, t);
    }
}
