/* forward_llama.c: the layers of llama, and of minicpm, which multiplies by three constants.
 * Contract: docs/NUMERICS.md 2. */
#include "oracle.h"

#include <string.h>

static void attention(const struct model *m, int i, float *out, const float *x, int t)
{
    int Q = m->n_head * m->head_dim, KV = m->n_head_kv * m->head_dim;
    float h[m->n_embd], q[Q], k[KV], v[KV], a[Q];

    op_rms(h, x, model_weight(m, i, "attn_norm"), m->eps);
    model_linear(m, q, i, "attn_q", h);
    model_linear(m, k, i, "attn_k", h);
    model_linear(m, v, i, "attn_v", h);
    op_rope(q, m->n_head, m->head_dim, t, &m->rope);
    op_rope(k, m->n_head_kv, m->head_dim, t, &m->rope);
    op_store(&m->cache[i], t, k, v);
    op_attention(a, q, m->n_head, &m->cache[i], t);
    model_linear(m, out, i, "attn_output", a);
}

static void ffn(const struct model *m, int i, float *out, const float *x)
{
    float h[m->n_embd], g[m->n_ff], u[m->n_ff], f[m->n_ff];

    op_rms(h, x, model_weight(m, i, "ffn_norm"), m->eps);
    model_linear(m, g, i, "ffn_gate", h);
    model_linear(m, u, i, "ffn_up", h);
    op_gate(f, g, u, m->n_ff, m->arch->activation);
    model_linear(m, out, i, "ffn_down", f);
}

struct scales {
    float embedding, residual, logit;
};

static struct scales scales_of(const struct model *m)
{
    struct scales s = {1, 1, 1};
    if (strcmp(m->arch->name, "minicpm") == 0) {
        s.embedding = model_f32(m, "embedding_scale", 12);
        s.residual = model_f32(m, "residual_scale", 1.4f / __builtin_sqrtf((float)m->n_layer));
        s.logit = 256 / (float)m->n_embd;
        if (model_value(m, "logit_scale"))
            s.logit = 1 / model_f32(m, "logit_scale", 1);
    }
    return s;
}

/* A product with 1 is exact, so llama needs no other path. */
void forward_llama(struct model *m, int token, int t)
{
    float x[m->n_embd], o[m->n_embd];
    struct scales s = scales_of(m);

    rows_read(gguf_tensor(&m->gguf, "token_embd.weight"), (uint64_t)token, x);
    op_scale(x, s.embedding, m->n_embd);
    for (int i = 0; i < m->n_layer; i++) {
        attention(m, i, o, x, t);
        op_scale(o, s.residual, m->n_embd);
        op_add(x, o, m->n_embd);
        ffn(m, i, o, x);
        op_scale(o, s.residual, m->n_embd);
        op_add(x, o, m->n_embd);
        memcpy(m->residual + (size_t)i * m->n_embd, x, sizeof x);
    }
    op_rms(m->y, x, gguf_tensor(&m->gguf, "output_norm.weight"), m->eps);
    op_scale(m->y, s.logit, m->n_embd);
}
