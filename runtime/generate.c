/* generate.c: evaluation, sampling and the trace.
   Contract: generate.h; docs/NUMERICS.md 4 and 6. */
#define _POSIX_C_SOURCE 200809L

#include "generate.h"

#include <inttypes.h>
#include <string.h>

#include "engine.h"
#include "hash.h"
#include "open.h"
#include "out.h"
#include "progress.h"
#include "sample.h"

enum error generate_open(struct generator *g, const struct options *o)
{
    g->options = o;
    g->n = g->evaluated = 0;
    enum error e = open_model(&g->model, o);
    if (e)
        return e;
    model_set_dense(g->model, o->dense);
    tok_open(&g->tok, model_image(g->model) + MODEL_VOCAB_OFFSET);
    return E_OK;
}

void generate_close(struct generator *g)
{
    model_close(g->model);
}

enum error generate_append(struct generator *g, const int32_t *ids, long n)
{
    if (n > MODEL_CTX - g->n)
        return error_set(E_CONTEXT, "%ld tokens after %d do not fit the context of %d", n, g->n,
                         MODEL_CTX);
    for (long i = 0; i < n; i++)
        g->context[g->n++] = ids[i];
    return E_OK;
}

void generate_remove(struct generator *g, int from, int to)
{
    memmove(g->context + from, g->context + to, (size_t)(g->n - to) * sizeof *g->context);
    g->n -= to - from;
    if (to > from && g->evaluated > from)
        g->evaluated = from;
}

/* The screened head has to choose as the full one does, from the same logits. */
static enum error compare_choices(struct generator *g, int row, const float *logits)
{
    const struct sample_options *o = &g->options->sampling;
    int n = g->evaluated + row + 1, count;
    int32_t id;
    struct candidate *list;
    struct sample_need all = { 0 }, some = sample_need(o, g->context, n);
    enum error e = model_candidates(g->model, row, &all, &list, &count);
    if (e)
        return e;
    id = sample(o, list, count, g->context, n);
    e = model_candidates(g->model, row, &some, &list, &count);
    for (int i = 0; i < count && !e; i++)
        if (memcmp(&list[i].logit, &logits[list[i].id], sizeof *logits) != 0)
            e = error_set(E_SCREEN, "position %d: another logit of token %" PRId32, n - 1,
                          list[i].id);
    if (!e && sample(o, list, count, g->context, n) != id)
        e = error_set(E_SCREEN, "position %d: not token %" PRId32, n - 1, id);
    return e;
}

/* One line per token of the batch that was evaluated last. */
static enum error trace(struct generator *g, int n)
{
    for (int i = 0; i < n; i++) {
        const float *logits;
        enum error e = model_logits(g->model, i, &logits);
        if (!e)
            e = compare_choices(g, i, logits);
        if (e)
            return e;
        out_text("%d %" PRId32 " %016" PRIx64 "\n", g->evaluated + i, g->context[g->evaluated + i],
                 hash_fnv1a(HASH_BASIS, logits, MODEL_OUTPUTS * sizeof *logits));
    }
    return E_OK;
}

enum error generate_evaluate(struct generator *g)
{
    int first = g->evaluated, batch = g->options->batch, long_work = g->n - first > batch;
    struct progress progress = { 0 };
    enum error e = E_OK;
    if (long_work)
        progress = progress_start("prompt", (uint64_t)(g->n - first), "tokens", 1);
    while (g->evaluated < g->n && !e) {
        int left = g->n - g->evaluated, n = left < batch ? left : batch;
        if (long_work)
            progress_show(&progress, (uint64_t)(g->evaluated - first));
        e = model_eval(g->model, g->context + g->evaluated, n, g->evaluated);
        if (!e && g->options->trace)
            e = trace(g, n);
        g->evaluated += n;
        g->last_row = n - 1;
    }
    if (long_work)
        progress_end(&progress);
    return e;
}

static enum error next_token(struct generator *g, int32_t *id)
{
    const struct sample_options *o = &g->options->sampling;
    struct sample_need need = sample_need(o, g->context, g->n);
    struct candidate *list;
    int count;
    enum error e = generate_evaluate(g);
    if (!e)
        e = model_candidates(g->model, g->last_row, &need, &list, &count);
    if (!e)
        *id = sample(o, list, count, g->context, g->n);
    return e;
}

/* Markup is no text. Returns 1 at a stop text. */
static int stream_token(struct stream *stream, const struct tok *tok, int32_t id)
{
    const char *piece;
    size_t length = tok_piece(tok, id, &piece);
    return !tok_is_control(tok, id) && stream_put(stream, piece, length);
}

/* The last token stays unevaluated: nobody may want to know what follows it. A trace does. */
enum error generate_reply(struct generator *g, struct reply *reply)
{
    struct stream stream;
    enum error e = E_OK;
    int32_t id;
    stream_start(&stream, g->options);
    *reply = (struct reply){ 0, REPLY_LIMIT };
    while (reply->tokens != g->options->limit && !(e = next_token(g, &id))) {
        if (tok_is_eog(&g->tok, id)) {
            reply->end = REPLY_EOG;
            break;
        }
        reply->tokens++;
        int full = generate_append(g, &id, 1) != E_OK;
        if (stream_token(&stream, &g->tok, id)) {
            reply->end = REPLY_STOP;
            break;
        }
        if (full) {
            reply->end = REPLY_CONTEXT;
            break;
        }
    }
    stream_end(&stream);
    if (!e && g->options->trace)
        e = generate_evaluate(g);
    return e;
}
