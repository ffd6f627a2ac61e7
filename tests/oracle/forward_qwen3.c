/* forward_qwen3.c: the layers of qwen3, with a norm before every matrix where the file has one.
 * Contract: docs/NUMERICS.md 2. */
#include "oracle.h"

#include <stdio.h>
#include <string.h>

/* out = matmul(NAME, rms(h, NAME_norm_in)), of h itself without that norm; h [k]. */
static void project(const struct model *m, float *out, int i, const char *name, const float *h)
{
    char norm_name[64];
    snprintf(norm_name, sizeof norm_name, "%s_norm_in", name);
    const struct tensor *norm = model_weight_if(m, i, norm_name);
    float normed[model_weight(m, i, name)->k];
    if (norm)
        op_rms(normed, h, norm, m->eps);
    model_linear(m, out, i, name, norm ? normed : h);
}

static void norm_heads(const struct model *m, float *x, int heads, const struct tensor *norm)
{
    for (int head = 0; head < heads; head++)
        op_rms(x + head * m->head_dim, x + head * m->head_dim, norm, m->eps);
}

void qwen3_attention(const struct model *m, int i, float *out, const float *x, int t)
{
    int Q = m->n_head * m->head_dim, KV = m->n_head_kv * m->head_dim;
    float h[m->n_embd], q[Q], k[KV], v[KV], a[Q];

    op_rms(h, x, model_weight(m, i, "attn_norm"), m->eps);
    project(m, q, i, "attn_q", h);
    project(m, k, i, "attn_k", h);
    project(m, v, i, "attn_v", h);
    norm_heads(m, q, m->n_head, model_weight(m, i, "attn_q_norm"));
    norm_heads(m, k, m->n_head_kv, model_weight(m, i, "attn_k_norm"));
    op_rope(q, m->n_head, m->head_dim, t, &m->rope);
    op_rope(k, m->n_head_kv, m->head_dim, t, &m->rope);
    op_store(&m->cache[i], t, k, v);
    op_attention(a, q, m->n_head, &m->cache[i], t);
    project(m, out, i, "attn_output", a);
}

void qwen3_ffn(const struct model *m, int i, float *out, const float *x)
{
    float h[m->n_embd], g[m->n_ff], u[m->n_ff], f[m->n_ff];

    op_rms(h, x, model_weight(m, i, "ffn_norm"), m->eps);
    project(m, g, i, "ffn_gate", h);
    project(m, u, i, "ffn_up", h);
    op_gate(f, g, u, m->n_ff, m->arch->activation);
    project(m, out, i, "ffn_down", f);
}

void forward_qwen3(struct model *m, int token, int t)
{
    float x[m->n_embd], o[m->n_embd];

    rows_read(gguf_tensor(&m->gguf, "token_embd.weight"), (uint64_t)token, x);
    for (int i = 0; i < m->n_layer; i++) {
        qwen3_attention(m, i, o, x, t);
        op_add(x, o, m->n_embd);
        qwen3_ffn(m, i, o, x);
        op_add(x, o, m->n_embd);
        memcpy(m->residual + (size_t)i * m->n_embd, x, sizeof x);
    }
    op_rms(m->y, x, gguf_tensor(&m->gguf, "output_norm.weight"), m->eps);
}
