/* engine.h: what stands between the generated model.c and the runtime, which makes the model_* API
   of model.h of it. Shapes and offsets are the constants of model.h; kernels and their table are
   described in kernel.h. */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdint.h>

#include "kernel.h"
#include "model.h"
#include "sample.h"
#include "team.h"

/* One evaluation: n tokens at positions pos .. pos + n - 1, or the logits of token `row` of the
   last one. */
struct step {
    const unsigned char *image;            /* [MODEL_IMAGE_BYTES] */
    unsigned char *arena;                  /* [MODEL_ARENA_BYTES], 64-byte aligned */
    struct team *team;
    const int32_t *ids;                    /* [n], each in [0, MODEL_VOCAB) */
    int n, pos, row;
    int dense;                             /* 1: nothing is skipped */
};

/* Generated. Every thread of the team runs them; barriers are inside. The head leaves f32
   [MODEL_OUTPUTS] at MODEL_LOGITS_OFFSET of the arena. */
void model_forward(const struct step *s, int thread, int threads);
void model_head(const struct step *s, int thread, int threads);

/* Generated, for one thread at a time. The rows fill in the logits of n listed ids, in the head's
   own bits. The scan bounds those of groups from..to of 64 ids each: f32 at MODEL_LOWER_OFFSET and
   MODEL_UPPER_OFFSET of the arena, indexed by id; it returns 0, for any groups, where its bounds
   would not hold. */
void model_rows(const struct step *s, struct candidate *list, int n);
int model_scan(const struct step *s, int from, int to);

/* Generated. Every matmul kernel of the program, for self-test. */
extern const struct kernel_row model_kernels[];
extern const int model_kernel_count;
extern const struct screen_row model_screen;

/* Generated. Greedy continuations known for this model, for self-test; the count may be 0. */
struct known_answer {
    const int32_t *prompt, *expect;        /* [n_prompt], [n_expect] */
    int n_prompt, n_expect;
};
extern const struct known_answer model_answers[];
extern const int model_answer_count;

/* What choices have cost so far. */
struct choice_counts {
    uint64_t choices, full;                /* calls of model_candidates; those by the full head */
    uint64_t rows;                         /* that the others computed */
};

/* The candidates after token i of the last model_eval: all that `need` asks for, with their logits,
   ascending by id, in a list of the model that is the caller's to change until the next call. The
   logits are those of model_logits, bit for bit. The errors of model_logits. */
int model_candidates(struct model *m, int i, const struct sample_need *need,
                     struct candidate **list, int *n);
struct choice_counts model_choice_counts(const struct model *m);

/* Generated. Ops that skip rows or columns of a matrix: its tensor, layer, how many there are and
   the bytes of each. */
struct skip {
    const char *name, *kind;               /* rows or columns */
    int layer, total, bytes;
};
extern const struct skip model_skips[];
extern const int model_skip_count;

/* 1: the model leaves nothing out. The same bits; what `bench` and tests compare with. */
void model_set_dense(struct model *m, int dense);

/* Rows or columns that skips[i] has read since model_open. */
uint64_t model_listed(const struct model *m, int i);

/* Thread i stays on the i-th fastest CPU that this process may use, from the first on again where
   there are more threads. E_THREAD where the system refuses; then threads move as before. */
enum error model_pin(struct model *m);

/* The image as a copy in huge pages, instead of its file's. E_MEM where there are none, or too
   little memory; then all stays as it is. */
enum error model_huge(struct model *m);

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
