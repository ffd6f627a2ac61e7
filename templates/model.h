${banner}
#ifndef MODEL_H
#define MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what this program is ---- */

#define MODEL_NAME ${quote(name)}
#define MODEL_ARCH ${quote(arch)}
#define MODEL_TARGET ${quote(target)}
#define MODEL_FLAGS ${quote(flags)}
#define MODEL_NEEDS ${quote(needs)}
#define MODEL_ROWS ${quote(rows)} /* how the embedding is stored */
#define MODEL_CHAT ${quote(chat)}
#define MODEL_EMBED ${embed}  /* 1: the image is appended to the program */
#define MODEL_POOLED ${pooled} /* 1: for embeddings; model_logits gives a unit vector */
#define MODEL_ID 0x${model_id}u
#define MODEL_LAYOUT_ID 0x${layout_id}u

/* ---- sizes, in elements ---- */

#define MODEL_VOCAB ${n_vocab}
#define MODEL_OUTPUTS ${n_out} /* of model_logits: MODEL_VOCAB, of a model for embeddings MODEL_EMBD */
#define MODEL_EMBD ${n_embd}
#define MODEL_LAYERS ${n_layer}
#define MODEL_HEADS ${n_head}
#define MODEL_HEADS_KV ${n_head_kv}
#define MODEL_HEAD_DIM ${head_dim}
#define MODEL_FF ${n_ff}
#define MODEL_CTX ${ctx}
#define MODEL_BATCH ${batch}
#define MODEL_THREADS ${threads}
#define MODEL_SCREEN_TOP ${screen_top} /* the largest top-k that the head's screen serves; 0: the head has none */

/* ---- sizes and places, in bytes ---- */

#define MODEL_IMAGE_BYTES ${image_bytes}ull
#define MODEL_ARENA_BYTES ${arena_bytes}ull
#define MODEL_STATE_BYTES ${state_bytes}
#define MODEL_KV_BYTES ${kv_bytes}ull
#define MODEL_COUNTS_OFFSET ${counts_offset}ull /* u64 per op that skips, of thread 0; the next thread's behind it */
#define MODEL_COUNTS_STRIDE ${counts_stride}
#define MODEL_LOGITS_OFFSET ${logits_offset}ull
#define MODEL_LOWER_OFFSET ${lower_offset}ull
#define MODEL_UPPER_OFFSET ${upper_offset}ull
#define MODEL_TOPS_OFFSET ${tops_offset}ull
#define MODEL_LIST_OFFSET ${list_offset}ull
#define MODEL_VOCAB_OFFSET ${vocab_offset}ull
#define MODEL_VOCAB_BYTES ${vocab_bytes}ull

/* Read by a decode step at position 0 that skips nothing, and of these by the head. */
#define MODEL_BYTES_PER_TOKEN ${bytes_per_token}ull
#define MODEL_HEAD_BYTES ${head_bytes}ull
#define MODEL_MACS_PER_TOKEN ${macs_per_token}ull
#define MODEL_HEAD_MACS ${head_macs}ull

/* ---- the C API ----
 * Functions that can fail return 0 or an error of errors.h; model_error() says more about the last one. One thread calls. */

struct model;

/* Opens the image (NULL: the one appended to this executable, else MODEL_NAME.img beside it) with `threads` threads.
 * arena: MODEL_ARENA_BYTES at a multiple of 64, kept until model_close; NULL: the model maps its own. */
int model_open(struct model **m, const char *image_path, void *arena, int threads);

/* Evaluates n <= MODEL_BATCH tokens at positions pos .. pos + n - 1; the cache must hold what comes before pos. */
int model_eval(struct model *m, const int32_t *ids, int n, int pos);

/* The logits [MODEL_OUTPUTS] after token i of the last model_eval, or its unit vector; valid until the next call. */
int model_logits(struct model *m, int i, const float **logits);

const unsigned char *model_image(const struct model *m);
const char *model_error(void);
void model_close(struct model *m);

#ifdef __cplusplus
}
#endif

#endif
