$ local function work_of(team)
$   return ("&(struct work){s->image, s->arena, s->ids, s->n, s->pos, s->row, s->dense,\n        %s, s->team, 0, 1}"):format(team)
$ end
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
$ if #skips > 0 then
static const size_t COUNTS = ${counts_offset}, COUNTS_STRIDE = ${counts_stride};
$ end
enum {
    CACHE_ROWS = ${cache_rows},
    COLUMN_UNIT = ${column_unit},
    TILED = ${tiled},
};
static const size_t SCORES = ${scores_offset}, SCORES_STRIDE = ${scores_stride};
static const size_t SCRATCH = ${scratch_offset}, SCRATCH_STRIDE = ${scratch_stride};
_Static_assert(MODEL_ARENA_BYTES == ${arena_bytes}ull, "model.h belongs to another build");

$ for _, k in ipairs(kernels) do
GEMM(${k.name});
$   if k.list then
LIST(${k.name}_${k.list});
$   end
$   if k.tiled > 0 then
SCALED(${k.name}_scaled);
$   end
$ end
$ if screen then
SCREEN(${screen.name});
$ end

${work}
${lanes}
${f16}
$ if rows then
${rows}
$ end
${shared}
/* ---- the ops, one function per distinct shape ---- */

${functions}
/* ---- the forward pass ---- */

void model_forward(const struct step *s, int thread, int threads)
{
    struct work *w = ${work_of("thread, threads")};

${forward}
}

void model_head(const struct step *s, int thread, int threads)
{
    const struct work *w = ${work_of("thread, threads")};

${head}
}

void model_rows(const struct step *s, struct candidate *list, int n)
{
$ if listed then
    const struct work *w = ${work_of("0, 1")};

    ${listed};
$ else
    (void)s, (void)list, (void)n;
$ end
}

int model_scan(const struct step *s, int from, int to)
{
$ if scan then
    const struct work *w = ${work_of("0, 1")};

    return ${scan};
$ else
    (void)s, (void)from, (void)to;
    return 0;
$ end
}

${tables}${answers}
