/* model.c: a model's sizes, its cache and its head.
 * Contract: docs/NUMERICS.md 2. Names: ggml-org/llama.cpp, gguf-py/gguf/constants.py. */
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct arch archs[] = {
    {"bitnet-b1.58", forward_bitnet, op_relu2, 0},
    {"bitnet-25", forward_bitnet, op_relu2, 0},
    {"bitnet", forward_bitnet, op_silu, 0},
    {"llama", forward_llama, op_silu, 1},
    {"minicpm", forward_llama, op_silu, 1},
    {"qwen3", forward_qwen3, op_silu, 0},
    {"gemma3", forward_gemma3, op_gelu, 0},
};

static const struct arch *arch_of(const struct gguf *g)
{
    const struct gguf_value *name = gguf_find(g, "general.architecture");
    if (!name)
        die("no general.architecture");
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
        if (gguf_same(gguf_string(name), archs[i].name))
            return &archs[i];
    die("architecture %.*s", (int)gguf_string(name).n, gguf_string(name).bytes);
}

const struct gguf_value *model_value(const struct model *m, const char *name)
{
    char key[128];
    snprintf(key, sizeof key, "%s.%s", m->arch->name, name);
    return gguf_find(&m->gguf, key);
}

static int size_or(const struct model *m, const char *name, int otherwise)
{
    const struct gguf_value *v = model_value(m, name);
    return v ? (int)gguf_integer(v) : otherwise;
}

static int size_of(const struct model *m, const char *name)
{
    int size = size_or(m, name, 0);
    if (size <= 0)
        die("no %s.%s", m->arch->name, name);
    return size;
}

float model_f32(const struct model *m, const char *name, float otherwise)
{
    const struct gguf_value *v = model_value(m, name);
    return v ? gguf_float(v) : otherwise;
}

static const struct tensor *head(const struct gguf *g)
{
    const struct tensor *output = gguf_tensor_if(g, "output.weight");
    return output ? output : gguf_tensor(g, "token_embd.weight");
}

static void read_weights(struct gguf *g)
{
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        struct tensor *t = &g->tensors[i];
        if (ternary_is(t))
            ternary_read(t);
    }
}

const char *model_activations;

/* NUMERICS 2.2: 32 where every 32 activations have a scale, 0 where a token has. */
static int block_of(const struct model *m)
{
    static const uint32_t untrained[] = {40, 41, 42, 142, 143, 34, 35}; /* but not type 42 of STQ1_0 */
    const struct gguf_value *key = gguf_find(&m->gguf, "tritc.activations");
    if (model_activations)
        return strcmp(model_activations, "group32") == 0 ? 32 : 0;
    if (key)
        return gguf_same(gguf_string(key), "group32") ? 32 : 0;
    if (strncmp(m->arch->name, "bitnet", 6) == 0)
        return 0;
    const struct tensor *t = model_weight(m, 0, "ffn_down");
    for (size_t i = 0; i < sizeof untrained / sizeof *untrained; i++)
        if (t->type == untrained[i])
            return ternary_group(t) == 256 && t->type == 42 ? 0 : 32;
    return 0;
}

void model_open(struct model *m, const char *path, int positions)
{
    const struct gguf *g = &m->gguf;
    gguf_open(&m->gguf, path);
    read_weights(&m->gguf);
    m->arch = arch_of(g);
    m->positions = positions;
    m->n_embd = size_of(m, "embedding_length");
    m->n_layer = size_of(m, "block_count");
    m->n_ff = size_of(m, "feed_forward_length");
    m->n_head = size_of(m, "attention.head_count");
    m->n_head_kv = size_or(m, "attention.head_count_kv", m->n_head);
    m->head_dim = size_or(m, "attention.key_length", m->n_embd / m->n_head);
    m->n_vocab = (int)head(g)->rows;
    m->eps = model_f32(m, "attention.layer_norm_rms_epsilon", 0);
    if (m->eps <= 0)
        die("no %s.attention.layer_norm_rms_epsilon", m->arch->name);
    rope_open(&m->rope, m);
    m->block = block_of(m);
    m->cache = allocate((size_t)m->n_layer, sizeof *m->cache);
    for (int i = 0; i < m->n_layer; i++) {
        size_t n = (size_t)positions * m->n_head_kv * m->head_dim;
        m->cache[i].heads = m->n_head_kv;
        m->cache[i].d = m->head_dim;
        m->cache[i].k = allocate(n, sizeof(float));
        m->cache[i].v = allocate(n, sizeof(float));
    }
    m->residual = allocate((size_t)m->n_layer * m->n_embd, sizeof *m->residual);
    m->y = allocate((size_t)m->n_embd, sizeof *m->y);
    m->logits = allocate((size_t)m->n_vocab, sizeof *m->logits);
    m->head = NULL;
}

void model_close(struct model *m)
{
    for (int i = 0; i < m->n_layer; i++) {
        free(m->cache[i].k);
        free(m->cache[i].v);
    }
    free(m->cache);
    free(m->rope.frequency);
    free(m->residual);
    free(m->y);
    free(m->logits);
    free(m->head);
    gguf_close(&m->gguf);
}

/* Where the file does not say, SentencePiece and the LLaMA-3 pre-tokenizers add one. */
int model_bos(const struct model *m)
{
    static const char *const adding[] = {"llama3", "llama-v3", "llama-bpe"};
    const struct gguf_value *add = gguf_find(&m->gguf, "tokenizer.ggml.add_bos_token");
    const struct gguf_value *kind = gguf_find(&m->gguf, "tokenizer.ggml.model");
    const struct gguf_value *pre = gguf_find(&m->gguf, "tokenizer.ggml.pre");
    const struct gguf_value *bos = gguf_find(&m->gguf, "tokenizer.ggml.bos_token_id");
    int adds = kind && gguf_same(gguf_string(kind), "llama");
    for (size_t i = 0; i < sizeof adding / sizeof *adding; i++)
        adds = adds || (pre && gguf_same(gguf_string(pre), adding[i]));
    if (add)
        adds = gguf_integer(add) != 0;
    return adds && bos ? (int)gguf_integer(bos) : -1;
}

const struct tensor *model_weight(const struct model *m, int layer, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "blk.%d.%s.weight", layer, name);
    return gguf_tensor(&m->gguf, full);
}

const struct tensor *model_weight_if(const struct model *m, int layer, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "blk.%d.%s.weight", layer, name);
    return gguf_tensor_if(&m->gguf, full);
}

void model_linear(const struct model *m, float *out, int layer, const char *name, const float *h)
{
    char full[128];
    float factor = 1;
    snprintf(full, sizeof full, "blk.%d.%s.scale", layer, name);
    const struct tensor *scale = gguf_tensor_if(&m->gguf, full);
    if (scale)
        rows_read(scale, 0, &factor);
    op_matmul(out, model_weight(m, layer, name), factor, h, m->block);
}

void model_eval(struct model *m, int token, int t)
{
    if (token < 0 || token >= m->n_vocab || t >= m->positions)
        die("token %d at position %d", token, t);
    m->arch->forward(m, token, t);
}

/* All rows at once: reading them for every token takes several times as long as their dots. */
static float *read_head(const struct model *m)
{
    const struct tensor *t = head(&m->gguf);
    float *rows = allocate((size_t)m->n_vocab * (size_t)m->n_embd, sizeof *rows);
    for (int i = 0; i < m->n_vocab; i++)
        rows_read(t, (uint64_t)i, rows + (size_t)i * (size_t)m->n_embd);
    return rows;
}

const float *model_logits(struct model *m)
{
    if (!m->head)
        m->head = read_head(m);
    for (int i = 0; i < m->n_vocab; i++) {
        m->logits[i] = op_dot(m->head + (size_t)i * (size_t)m->n_embd, m->y, m->n_embd);
        if (m->logits[i] - m->logits[i] != 0)
            die("the logit of token %d is not finite", i);
    }
    return m->logits;
}
