/* generate.h: a context that grows token by token: prompts are evaluated in batches, replies one
   token at a time. */
#ifndef GENERATE_H
#define GENERATE_H

#include "error.h"
#include "model.h"
#include "options.h"
#include "stream.h"
#include "tok.h"

struct generator {
    const struct options *options;
    struct model *model;
    struct tok tok;
    int n, evaluated;                      /* tokens in the context; those the model has seen */
    int last_row;                          /* of the last token in the last batch */
    int32_t context[MODEL_CTX];
};

enum reply_end { REPLY_LIMIT, REPLY_EOG, REPLY_STOP, REPLY_CONTEXT };

struct reply {
    int tokens;                            /* generated, an end-of-generation token not counted */
    enum reply_end end;
};

/* Opens the model and its vocabulary. The errors of model_open. */
enum error generate_open(struct generator *g, const struct options *o);
void generate_close(struct generator *g);

/* Adds tokens to the context. E_CONTEXT when they do not all fit; then none is added. */
enum error generate_append(struct generator *g, const int32_t *ids, long n);

/* Takes tokens [from, to) out of the context. What followed them has moved and counts as not
   evaluated; what came before them stays in the cache. */
void generate_remove(struct generator *g, int from, int to);

/* Evaluates what is not evaluated yet; with --trace a line per position goes to stdout. */
enum error generate_evaluate(struct generator *g);

/* Samples and writes up to options->limit tokens after a context of at least one token. */
enum error generate_reply(struct generator *g, struct reply *reply);

#endif
