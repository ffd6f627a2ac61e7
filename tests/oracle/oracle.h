/* oracle.h: the forward pass of docs/NUMERICS.md a second time, one token after the other, to be
 * read and to judge by. Everything it is made of, in reading order. */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>
#include <stdint.h>

/* gguf.c: the file, read whole. Every failure ends the program. */

struct gguf_text {
    const char *bytes; /* not terminated */
    size_t n;
};

struct gguf_value {
    struct gguf_text key;
    uint32_t type; /* GGUF value type; for an array, 9 */
    const unsigned char *bytes;
};

struct tensor {
    struct gguf_text name;
    uint32_t type;    /* ggml type id */
    uint64_t k, rows; /* k is contiguous; all further dims count as rows */
    uint64_t space;   /* bytes up to the next tensor or the end of the file */
    const unsigned char *data;
    int8_t *w;        /* [rows][k] in {-1, 0, 1, 2}, of ternary tensors of a model */
    float *scale;     /* [rows][k / 32 rounded up]: of every 32 columns */
    uint64_t group;   /* columns that share a scale; k: all of a row */
};

struct gguf {
    unsigned char *bytes;
    uint64_t size, n_values, n_tensors;
    struct gguf_value *values;
    struct tensor *tensors;
};

_Noreturn void die(const char *format, ...);
void *allocate(size_t n, size_t size); /* n zeroed elements */
void gguf_open(struct gguf *g, const char *path);
void gguf_close(struct gguf *g);
const struct gguf_value *gguf_find(const struct gguf *g, const char *key); /* NULL: none */
uint64_t gguf_integer(const struct gguf_value *v);                         /* also bool */
float gguf_float(const struct gguf_value *v);
struct gguf_text gguf_string(const struct gguf_value *v);
int gguf_same(struct gguf_text text, const char *string);
const struct tensor *gguf_tensor_if(const struct gguf *g, const char *name); /* NULL: none */
const struct tensor *gguf_tensor(const struct gguf *g, const char *name);

/* rows.c: one row of a stored matrix. */

float f16_widen(uint16_t h);
uint16_t f16_round(float x);                 /* NUMERICS 1 */
uint64_t rows_bytes(const struct tensor *t); /* of the whole tensor */
extern int rows_requantised; /* 0, or the type that --embd makes of plain rows; NUMERICS 2.9 */
void rows_read(const struct tensor *t, uint64_t row, float *out); /* out [k]; NUMERICS 2.6 */
/* ternary.c and tiles.c: a whole matrix. */

int ternary_is(const struct tensor *t);
uint64_t ternary_group(const struct tensor *t); /* columns that share a scale in its format, 0: a row's */
void ternary_read(struct tensor *t); /* makes t->w and t->scale */
void ternary_put(struct tensor *t, uint64_t row, uint64_t k, int weight, float scale);
void tl1_read(struct tensor *t);
void tl2_read(struct tensor *t);

/* real.c: NUMERICS 3. */

float real_expf(float x);
double real_exp(double x);
double real_log(double x);
double real_sin(double x);
double real_cos(double x);

/* rope.c: NUMERICS 2.4. */

struct rope {
    int interleaved;   /* pairs (2j, 2j+1), else (j, j + d/2) */
    double *frequency; /* [d / 2]: f */
    double m;
};

struct model;
void rope_open(struct rope *r, const struct model *m);

/* ops.c: NUMERICS 1 (dot), 2.1 to 2.5 and 2.7. */

struct cache {
    int heads, d; /* kv heads, head size */
    float *k, *v; /* of one layer, [positions][heads][d]: f16 values, widened */
};

float op_dot(const float *a, const float *b, int n);
void op_add(float *x, const float *y, int n); /* x += y */
void op_rms(float *out, const float *x, const struct tensor *norm, float eps); /* out may be x */
float op_quantise(int8_t *q, const float *x, int n); /* returns s */
/* out [w->rows], h [w->k]; factor: the `.scale` beside w, 1 where there is none; block: activations
 * that are quantised together, 0 for all. */
void op_matmul(float *out, const struct tensor *w, float factor, const float *h, int block);
void op_rope(float *x, int heads, int d, int t, const struct rope *r); /* x [heads][d], at t */
float op_relu2(float g);
float op_silu(float g);
float op_gelu(float g);
/* f = activation(g) * u */
void op_gate(float *f, const float *g, const float *u, int n, float (*activation)(float));
void op_scale(float *x, float factor, int n);        /* x *= factor */
void op_unit(float *e, const float *y, int n);       /* NUMERICS 2, models for embeddings */
void op_store(const struct cache *c, int t, const float *k, const float *v); /* [c->heads][c->d] */
/* a, q [heads][c->d]; over positions 0..t. */
void op_attention(float *a, const float *q, int heads, const struct cache *c, int t);

/* model.c: sizes, cache and head; forward_ARCH.c: the layers. */

struct model {
    struct gguf gguf;
    const struct arch *arch;
    int positions; /* that the cache can hold */
    int block;     /* activations that are quantised together: 32, or 0 for all of a token */
    int n_embd, n_layer, n_head, n_head_kv, head_dim, n_ff, n_vocab;
    float eps;
    struct rope rope;
    struct cache *cache; /* [n_layer] */
    float *residual;     /* [n_layer][n_embd]: x after each layer, to look at */
    float *y;            /* [n_embd]: the hidden state after output_norm */
    float *logits;       /* [n_vocab] */
    float *head;         /* [n_vocab][n_embd], of the first model_logits on */
};

extern const char *model_activations; /* token or group32, as --act; NULL: NUMERICS 2.2 decides */
void model_open(struct model *m, const char *path, int positions);
void model_close(struct model *m);
int model_bos(const struct model *m);               /* -1 where the model adds none */
void model_eval(struct model *m, int token, int t); /* t = 0, 1, ... in order */
const float *model_logits(struct model *m);         /* of the last model_eval; all finite */
const struct gguf_value *model_value(const struct model *m, const char *name); /* ARCH.NAME or NULL */
float model_f32(const struct model *m, const char *name, float otherwise);
/* blk.LAYER.NAME.weight; of _if NULL where there is none */
const struct tensor *model_weight(const struct model *m, int layer, const char *name);
const struct tensor *model_weight_if(const struct model *m, int layer, const char *name);
/* out = matmul(blk.LAYER.NAME, h) */
void model_linear(const struct model *m, float *out, int layer, const char *name, const float *h);

/* Each row of archs in model.c: a name, its forward pass and what it needs of the others. */
struct arch {
    const char *name;
    void (*forward)(struct model *m, int token, int t);
    float (*activation)(float);
    int interleaved; /* rope's pairs */
};

void forward_bitnet(struct model *m, int token, int t);
void forward_llama(struct model *m, int token, int t);   /* and minicpm */
void forward_qwen3(struct model *m, int token, int t);
void forward_gemma3(struct model *m, int token, int t);
void qwen3_attention(const struct model *m, int i, float *out, const float *x, int t);
void qwen3_ffn(const struct model *m, int i, float *out, const float *x);

/* score.c: what is made of logits. */

uint64_t score_hash(const unsigned char *bytes, size_t n); /* FNV-1a 64, NUMERICS 6 */
int score_largest(const float *logits, int n);             /* the smallest id among equals */
double score_nll(const float *logits, int n, int next);    /* NUMERICS 5 */

#endif
