/* forward_gemma3.c: the layers of gemma3: qwen3's, with a norm behind each branch.
 * Contract: docs/NUMERICS.md 2. */
#include "oracle.h"

#include <string.h>

void forward_gemma3(struct model *m, int token, int t)
{
    float x[m->n_embd], o[m->n_embd];

    rows_read(gguf_tensor(&m->gguf, "token_embd.weight"), (uint64_t)token, x);
    op_scale(x, __builtin_sqrtf((float)m->n_embd), m->n_embd);
    for (int i = 0; i < m->n_layer; i++) {
        qwen3_attention(m, i, o, x, t);
        op_rms(o, o, model_weight(m, i, "post_attention_norm"), m->eps);
        op_add(x, o, m->n_embd);
        qwen3_ffn(m, i, o, x);
        op_rms(o, o, model_weight(m, i, "post_ffw_norm"), m->eps);
        op_add(x, o, m->n_embd);
        memcpy(m->residual + (size_t)i * m->n_embd, x, sizeof x);
    }
    op_rms(m->y, x, gguf_tensor(&m->gguf, "output_norm.weight"), m->eps);
}
