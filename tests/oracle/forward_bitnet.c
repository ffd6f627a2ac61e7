/* forward_bitnet.c: the layers of bitnet-b1.58, bitnet-25 and bitnet.
 * Contract: docs/NUMERICS.md 2. */
#include "oracle.h"

#include <string.h>

static void attention_block(struct model *m, int i, float *x, int t)
{
    int Q = m->n_head * m->head_dim, KV = m->n_head_kv * m->head_dim;
    float h[m->n_embd], q[Q], k[KV], v[KV], a[Q], o[m->n_embd];

    op_rms(h, x, model_weight(m, i, "attn_norm"), m->eps);
    model_linear(m, q, i, "attn_q", h);
    model_linear(m, k, i, "attn_k", h);
    model_linear(m, v, i, "attn_v", h);
    op_rope(q, m->n_head, m->head_dim, t, &m->rope);
    op_rope(k, m->n_head_kv, m->head_dim, t, &m->rope);
    op_store(&m->cache[i], t, k, v);
    op_attention(a, q, m->n_head, &m->cache[i], t);
    op_rms(a, a, model_weight(m, i, "attn_sub_norm"), m->eps);
    model_linear(m, o, i, "attn_output", a);
    op_add(x, o, m->n_embd);
}

static void ffn_block(struct model *m, int i, float *x)
{
    float h[m->n_embd], g[m->n_ff], u[m->n_ff], f[m->n_ff], o[m->n_embd];

    op_rms(h, x, model_weight(m, i, "ffn_norm"), m->eps);
    model_linear(m, g, i, "ffn_gate", h);
    model_linear(m, u, i, "ffn_up", h);
    op_gate(f, g, u, m->n_ff, m->arch->activation);
    op_rms(f, f, model_weight(m, i, "ffn_sub_norm"), m->eps);
    model_linear(m, o, i, "ffn_down", f);
    op_add(x, o, m->n_embd);
}

void forward_bitnet(struct model *m, int token, int t)
{
    float x[m->n_embd];

    rows_read(gguf_tensor(&m->gguf, "token_embd.weight"), (uint64_t)token, x);
    for (int i = 0; i < m->n_layer; i++) {
        attention_block(m, i, x, t);
        ffn_block(m, i, x);
        memcpy(m->residual + (size_t)i * m->n_embd, x, sizeof x);
    }
    op_rms(m->y, x, gguf_tensor(&m->gguf, "output_norm.weight"), m->eps);
}
