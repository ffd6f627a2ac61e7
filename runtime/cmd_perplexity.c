/* cmd_perplexity.c: `perplexity`: how well the model predicts a text.
   Contract: docs/NUMERICS.md 5. */
#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "commands.h"
#include "map.h"
#include "model.h"
#include "open.h"
#include "out.h"
#include "progress.h"
#include "real.h"
#include "text.h"

struct score {
    double sum;                            /* of the negative log likelihoods, in nats */
    long tokens;
    uint64_t evaluated;                    /* tokens, those that are not scored too */
    struct progress progress;              /* of these */
};

/* -log softmax(logits)[next] */
static double negative_log_likelihood(const float *logits, int32_t next)
{
    float largest = logits[0];
    for (int i = 1; i < MODEL_VOCAB; i++)
        largest = logits[i] > largest ? logits[i] : largest;
    double sum = 0;
    for (int i = 0; i < MODEL_VOCAB; i++)
        sum += real_exp((double)logits[i] - largest);
    return real_log(sum) - ((double)logits[next] - largest);
}

/* Evaluates ids[0 .. n) from position 0 and scores the tokens that follow positions n/2 .. n-2. */
static enum error score_window(struct model *m, const int32_t *ids, int n, int batch,
                               struct score *score)
{
    for (int pos = 0; pos < n; pos += batch) {
        int count = n - pos < batch ? n - pos : batch;
        enum error e = model_eval(m, ids + pos, count, pos);
        for (int i = 0; !e && i < count; i++) {
            const float *logits;
            if (pos + i < n / 2 || pos + i > n - 2)
                continue;
            e = model_logits(m, i, &logits);
            if (!e) {
                score->sum += negative_log_likelihood(logits, ids[pos + i + 1]);
                score->tokens++;
            }
        }
        if (e)
            return e;
        score->evaluated += (uint64_t)count;
        progress_show(&score->progress, score->evaluated);
    }
    return E_OK;
}

static enum error score_text(const struct options *o, struct model *m, struct score *score)
{
    struct tok tok;
    struct text text;
    int32_t *ids;
    long n;
    tok_open(&tok, model_image(m) + MODEL_VOCAB_OFFSET);
    enum error e = text_read(&text, NULL, o->text);
    if (!e)
        e = text_encode(&text, &tok, 0, &ids, &n);
    if (e)
        return e;
    long windows = n / o->ctx;
    if (windows == 0)
        return error_set(E_TEXT_SHORT, "%s: %ld tokens, one window has %d",
                         strcmp(o->text, "-") == 0 ? "stdin" : o->text, n, o->ctx);
    score->progress = progress_start("perplexity", (uint64_t)(windows * o->ctx), "tokens", 1);
    for (long w = 0; w < windows && !e; w++) {
        int32_t *window = ids + w * o->ctx;
        if (tok.add_bos)
            window[0] = tok.bos;
        e = score_window(m, window, o->ctx, o->batch, score);
    }
    progress_end(&score->progress);
    return e;
}

enum error cmd_perplexity(const struct options *o)
{
    struct model *m;
    struct score score = { 0 };
    enum error e = open_model(&m, o);
    if (e)
        return e;
    e = score_text(o, m, &score);
    model_close(m);
    if (e)
        return e;
    double perplexity = real_exp(score.sum / (double)score.tokens);
    if (o->json)
        out_text("{\"perplexity\": %.9g, \"tokens\": %ld}\n", perplexity, score.tokens);
    else
        out_text("perplexity %.4f over %ld tokens, windows of %d\n", perplexity, score.tokens,
                 o->ctx);
    return E_OK;
}
