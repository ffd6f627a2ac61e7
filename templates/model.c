${banner}
$ for _, header in ipairs(includes) do
#include ${header}
$ end
#include <float.h>
#include <stdint.h>
#include <string.h>

#include "engine.h"
#include "kernel.h"
#include "model.h"
#include "team.h"

/*
${contents} */

/* ---- arena: ${arena_bytes} bytes ---- */

/*
${arena_map} */
enum { CACHE_ROWS = ${cache_rows}, COLUMN_UNIT = ${column_unit}, TILED = ${tiled} };
static const size_t SCORES = ${scores_offset}, SCORES_STRIDE = ${scores_stride};
static const size_t SCRATCH = ${scratch_offset}, SCRATCH_STRIDE = ${scratch_stride};
_Static_assert(MODEL_ARENA_BYTES == ${arena_bytes}ull, "model.h belongs to another build");

$ for _, k in ipairs(kernels) do
GEMM(${k.name});
$ end
$ if screen then
SCREEN(${screen.name});
$ end

/* ---- what one thread knows of the step ---- */

struct work {
    const uint8_t *image;
    uint8_t *arena;
    const int32_t *ids;
    int n, pos, row, thread, threads;
    struct team *team;
};

struct range { int from, to; };

/* The thread's contiguous part of `count` items. Sums are never split, so any division gives the same bits. */
static inline struct range share(const struct work *w, int count)
{
    struct range r = {(int)((int64_t)count * w->thread / w->threads), (int)((int64_t)count * (w->thread + 1) / w->threads)};
    return r;
}

static inline struct range share_tokens(const struct work *w)
{
    return share(w, w->n);
}

/* Columns go in units of whole tiles; the last unit may reach into the row's padding. */
static inline struct range share_columns(const struct work *w, int columns)
{
    struct range r = share(w, (columns + COLUMN_UNIT - 1) / COLUMN_UNIT);
    return (struct range){r.from * COLUMN_UNIT, r.to * COLUMN_UNIT};
}

static inline float *f32_row(const struct work *w, size_t offset, size_t stride, int t)
{
    return (float *)(void *)(w->arena + offset) + (size_t)t * stride;
}

/* Where a single token's work is the thread's own, only the shares of a batch must meet. */
static inline void batch_barrier(const struct work *w)
{
    if (w->n > 1)
        team_barrier(w->team);
}

/* The tokens that the thread quantises: of a single one every thread makes its own copy, so that none waits for another. */
static inline struct range copy_tokens(const struct work *w)
{
    return w->n == 1 ? (struct range){0, 1} : share_tokens(w);
}

/* int8 values of token t, or the thread's copy; their struct q8_header lies a line before */
static inline int8_t *q8_row(const struct work *w, size_t offset, size_t stride, int t)
{
    return (int8_t *)(w->arena + offset) + q8_offset(q8_line(w->n, TILED), stride, w->n == 1 ? w->thread : t);
}

static inline const struct q8_header *q8_head(const struct work *w, size_t offset, size_t stride, int t)
{
    return (const void *)(q8_row(w, offset, stride, t) - q8_line(w->n, TILED));
}

${lanes}
${f16}
${rows}
${shared}
/* ---- the ops, one function per distinct shape ---- */

${functions}
/* ---- the forward pass ---- */

void model_forward(const struct step *s, int thread, int threads)
{
    const struct work *w = &(struct work){s->image, s->arena, s->ids, s->n, s->pos, s->row, thread, threads, s->team};

${forward}
}

void model_head(const struct step *s, int thread, int threads)
{
    const struct work *w = &(struct work){s->image, s->arena, s->ids, s->n, s->pos, s->row, thread, threads, s->team};

${head}
}

void model_rows(const struct step *s, struct candidate *list, int n)
{
$ if listed then
    const struct work *w = &(struct work){s->image, s->arena, s->ids, s->n, s->pos, s->row, 0, 1, s->team};

    ${listed};
$ else
    (void)s, (void)list, (void)n;
$ end
}

int model_scan(const struct step *s, int from, int to)
{
$ if scan then
    const struct work *w = &(struct work){s->image, s->arena, s->ids, s->n, s->pos, s->row, 0, 1, s->team};

    return ${scan};
$ else
    (void)s, (void)from, (void)to;
    return 0;
$ end
}

/* ---- tables for self-test and bench ---- */

const struct kernel_row model_kernels[] = {
$ for _, k in ipairs(kernels) do
    {"${k.name}", ${k.name}, "${k.packing}", ${k.k}, ${k.k_pad}, ${k.lanes}, ${k.groups}, ${k.tile_bytes},
     ${k.scratch}, ${k.tiled}},
$ end
};
const int model_kernel_count = ${#kernels};
$ if screen then
const struct screen_row model_screen = {"${screen.name}", ${screen.name}, ${screen.k}, ${screen.k_pad}};
$ else
const struct screen_row model_screen = {0, 0, 0, 0};
$ end
${answers}
