/* engine.h: what stands between the generated model.c and the runtime, which makes the model_* API
   of model.h of it. Shapes and offsets are the constants of model.h; kernels and their table are
   described in kernel.h. */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdint.h>

#include "kernel.h"
#include "model.h"
#include "team.h"

/* One evaluation: n tokens at positions pos .. pos + n - 1, or the logits of token `row` of the
   last one. */
struct step {
    const unsigned char *image;            /* [MODEL_IMAGE_BYTES] */
    unsigned char *arena;                  /* [MODEL_ARENA_BYTES], 64-byte aligned */
    struct team *team;
    const int32_t *ids;                    /* [n], each in [0, MODEL_VOCAB) */
    int n, pos, row;
};

/* Generated. Every thread of the team runs them; barriers are inside. The head leaves f32
   [MODEL_OUTPUTS] at MODEL_LOGITS_OFFSET of the arena. */
void model_forward(const struct step *s, int thread, int threads);
void model_head(const struct step *s, int thread, int threads);

/* Generated. Every matmul kernel of the program, for self-test. */
extern const struct kernel_row model_kernels[];
extern const int model_kernel_count;

/* Generated. Greedy continuations known for this model, for self-test; the count may be 0. */
struct known_answer {
    const int32_t *prompt, *expect;        /* [n_prompt], [n_expect] */
    int n_prompt, n_expect;
};
extern const struct known_answer model_answers[];
extern const int model_answer_count;

/* Runs job on the model's own threads: measurements must use the same ones. */
void model_run(struct model *m, team_job *job, void *arg);

/* team_measure of the model's threads. */
void model_phases(struct model *m, struct phases *phases);

/* Generated, limits.c: what bench compares with. */

/* Reads n bytes, a multiple of 512, at a multiple of 64, in order, prefetching `ahead` bytes before
   use (0: not at all). Returns their sum, so that no read can be left out. */
uint64_t model_sweep(const uint8_t *bytes, size_t n, size_t ahead);

/* Repeats the instruction that the target's matmul kernels live by, on registers alone. Returns the
   multiply-adds done. */
uint64_t model_peak(uint64_t rounds);
extern const char model_peak_name[];       /* of that instruction */

#endif
