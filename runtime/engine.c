/* engine.c: the model_* API: image, threads and arena around the generated forward pass.
   Contract: the generated model.h. Nothing is allocated after model_open. */
#include "engine.h"

#include <inttypes.h>
#include <string.h>

#include "cores.h"
#include "cpu.h"
#include "error.h"
#include "map.h"
#include "screen.h"

/* At the start of the arena; the generator leaves MODEL_STATE_BYTES there. */
struct model {
    struct team team;
    struct map map;
    struct step step;
    struct choice_counts counts;
    int own_arena, collapsed;
};

enum { SHORT_TEXT = 512 };                 /* positions */

_Static_assert(sizeof(struct model) <= MODEL_STATE_BYTES,
               "struct model must fit its place in the arena");
_Static_assert(MODEL_THREADS <= TEAM_MAX, "more threads than a team can have");

static void forward_job(void *step, int thread, int threads)
{
    model_forward(step, thread, threads);
}

static void head_job(void *step, int thread, int threads)
{
    model_head(step, thread, threads);
}

/* What every token reads and writes must stay in memory: it would come from the disk each time. The
   cache is left out, for it fills as the text grows. */
static enum error enough_memory(void)
{
    uint64_t memory = map_physical();
    uint64_t need = MODEL_BYTES_PER_TOKEN + (MODEL_ARENA_BYTES - MODEL_KV_BYTES);
    if (memory == 0 || need <= memory)
        return E_OK;
    return error_set(E_MEM, "every token touches %" PRIu64 " MB, and this machine has %" PRIu64
                     " MB of memory", need / 1000000, memory / 1000000);
}

static enum error open_checked(struct model **m, const char *image_path, void *arena, int threads)
{
    const char *missing = cpu_missing(MODEL_NEEDS);
    if (missing)
        return error_set(E_CPU,
                         "this program was built for %s and needs '%s', which this CPU lacks",
                         MODEL_TARGET, missing);
    if (threads < 1 || threads > MODEL_THREADS)
        return error_set(E_USAGE, "%d threads: this program was built for 1 to %d", threads,
                         MODEL_THREADS);
    if ((uintptr_t)arena % 64 != 0)
        return error_set(E_USAGE, "the arena is not 64-byte aligned");
    if (MODEL_ARENA_BYTES > SIZE_MAX)
        return error_set(E_MEM, "the arena is larger than the address space");
    struct map map;
    enum error e = enough_memory();
    if (!e)
        e = map_open(&map, image_path);
    if (e)
        return e;
    struct model *new = arena ? arena : map_memory((size_t)MODEL_ARENA_BYTES);
    e = new ? team_start(&new->team, threads) : E_MEM;
    if (e) {
        if (new && !arena)
            map_release(new, (size_t)MODEL_ARENA_BYTES);
        map_close(&map);
        return e;
    }
    new->map = map;
    new->own_arena = !arena;
    new->collapsed = 0;
    new->step.image = map.image;
    new->step.arena = (unsigned char *)new;
    new->step.team = &new->team;
    new->step.n = 0;
    new->counts = (struct choice_counts){ 0, 0, 0 };
    new->step.dense = 0;
    memset(new->step.arena + MODEL_COUNTS_OFFSET, 0, (size_t)MODEL_COUNTS_STRIDE * MODEL_THREADS);
    *m = new;
    return E_OK;
}

int model_open(struct model **m, const char *image_path, void *arena, int threads)
{
    return open_checked(m, image_path, arena, threads);
}

/* A text that grows long has its cache in huge pages from then on. Not from the start: a short one
   would wait 40 ms more for its first token, and fill 317 MB with nothing (2B-4T shape). */
static void collapse_cache(struct model *m, int positions)
{
    if (positions <= SHORT_TEXT || m->collapsed || !m->own_arena)
        return;
    m->collapsed = 1;
    map_collapse(m, (size_t)(MODEL_STATE_BYTES + MODEL_KV_BYTES)); /* the cache follows the state */
}

int model_eval(struct model *m, const int32_t *ids, int n, int pos)
{
    if (n < 1 || n > MODEL_BATCH)
        return error_set(E_USAGE, "a batch of %d tokens: this program was built for 1 to %d", n,
                         MODEL_BATCH);
    if (pos < 0 || pos > MODEL_CTX - n)
        return error_set(E_CONTEXT, "position %d to %ld is outside the context of %d tokens",
                         pos, (long)pos + n - 1, MODEL_CTX);
    for (int i = 0; i < n; i++)
        if (ids[i] < 0 || ids[i] >= MODEL_VOCAB)
            return error_set(E_USAGE, "token id %ld is outside the vocabulary of %d", (long)ids[i],
                             MODEL_VOCAB);
    m->step.ids = ids;
    m->step.n = n;
    m->step.pos = pos;
    collapse_cache(m, pos + n);
    team_run(&m->team, forward_job, &m->step);
    return E_OK;
}

/* Not finite: all exponent bits set. */
static int all_finite(const float *x, int n)
{
    uint32_t bad = 0;
    for (int i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return !bad;
}

static enum error choose_row(struct model *m, int i)
{
    if (i < 0 || i >= m->step.n)
        return error_set(E_USAGE, "logits of token %d of a batch of %d", i, m->step.n);
    m->step.row = i;
    return E_OK;
}

int model_logits(struct model *m, int i, const float **logits)
{
    enum error e = choose_row(m, i);
    if (e)
        return e;
    team_run(&m->team, head_job, &m->step);
    *logits = (const float *)(const void *)(m->step.arena + MODEL_LOGITS_OFFSET);
    if (!all_finite(*logits, MODEL_OUTPUTS))
        return error_set(E_LOGITS, "%s at position %d is not finite",
                         MODEL_POOLED ? "the embedding" : "a logit", m->step.pos + i);
    return E_OK;
}

int model_candidates(struct model *m, int i, const struct sample_need *need,
                     struct candidate **list, int *n)
{
    enum error e = choose_row(m, i);
    if (e)
        return e;
    m->counts.choices++;
    *list = (struct candidate *)(void *)(m->step.arena + MODEL_LIST_OFFSET);
    *n = screen_candidates(&m->step, need, *list);
    if (*n > 0) {
        m->counts.rows += (uint64_t)*n;
        return E_OK;
    }
    const float *logits;
    m->counts.full++;
    e = model_logits(m, i, &logits);
    for (*n = 0; *n < MODEL_OUTPUTS; (*n)++)
        (*list)[*n] = (struct candidate){ logits[*n], *n };
    return e;
}

struct choice_counts model_choice_counts(const struct model *m) { return m->counts; }

void model_set_dense(struct model *m, int dense) { m->step.dense = dense; }

uint64_t model_listed(const struct model *m, int i)
{
    uint64_t listed = 0, one;
    for (size_t t = 0; t < MODEL_THREADS; t++) {
        size_t at = (size_t)MODEL_COUNTS_OFFSET + t * MODEL_COUNTS_STRIDE;
        memcpy(&one, m->step.arena + at + (size_t)i * sizeof one, sizeof one);
        listed += one;
    }
    return listed;
}

enum error model_pin(struct model *m)
{
    static int cpus[TEAM_MAX];
    int n = cores_order("", cpus, TEAM_MAX);
    return n > 0 ? team_pin(&m->team, cpus, n) : error_set(E_THREAD, "not on this system");
}

enum error model_huge(struct model *m)
{
    enum error e = map_huge(&m->map);
    m->step.image = m->map.image;
    return e;
}

void model_run(struct model *m, team_job *job, void *arg)
{
    team_run(&m->team, job, arg);
}

void model_phases(struct model *m, struct phases *phases)
{
    team_measure(&m->team, phases);
}

const unsigned char *model_image(const struct model *m) { return m->map.image; }

const char *model_error(void) { return error_message(); }

void model_close(struct model *m)
{
    struct map map = m->map;
    team_stop(&m->team);
    if (m->own_arena)
        map_release(m, (size_t)MODEL_ARENA_BYTES);
    map_close(&map);
}
