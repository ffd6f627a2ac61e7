/* cmd_embed.c: `embed`: texts to unit vectors, one line each: of TEXT, or of every line of a file
   or of stdin. Contract: docs/NUMERICS.md 2. */
#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "commands.h"
#include "generate.h"
#include "map.h"
#include "out.h"
#include "text.h"

/* Nine digits name an f32. */
static void print_vector(const float *v, int tokens, int json)
{
    if (json)
        out_text("{\"tokens\": %d, \"embedding\": [", tokens);
    for (int i = 0; i < MODEL_OUTPUTS; i++)
        out_text("%s%.9g", i == 0 ? "" : json ? ", " : " ", (double)v[i]);
    out_text(json ? "]}\n" : "\n");
}

/* scratch: for tok_encode, for the longest text. */
static enum error embed_text(struct generator *g, const char *bytes, size_t length, void *scratch)
{
    static int32_t ids[MODEL_CTX];
    const float *v;
    int flags = TOK_BOS | (g->options->special ? TOK_SPECIAL : 0);
    long n = tok_encode(&g->tok, bytes, length, flags, ids, MODEL_CTX, scratch);
    if (n < 0)
        return error_set(E_CONTEXT, "a text of %zu bytes has more tokens than the context of %d",
                         length, MODEL_CTX);
    if (n == 0)
        return error_set(E_USAGE, "a text is empty: nothing to embed");
    g->n = g->evaluated = 0;
    enum error e = generate_append(g, ids, n);
    if (!e)
        e = generate_evaluate(g);
    if (!e)
        e = model_logits(g->model, g->last_row, &v);
    if (!e)
        print_vector(v, g->n, g->options->json);
    return e;
}

/* The text itself, or, where it was read, each of its lines; the last one may lack its end. */
static enum error embed_all(struct generator *g, const struct text *text, int by_lines)
{
    void *scratch = map_memory(tok_scratch_bytes(text->length));
    enum error e = scratch ? E_OK : E_MEM;
    if (!by_lines)
        return e ? e : embed_text(g, text->bytes, text->length, scratch);
    for (size_t at = 0, length; at < text->length && !e; at += length + 1) {
        const char *line = text->bytes + at, *end = memchr(line, '\n', text->length - at);
        length = end ? (size_t)(end - line) : text->length - at;
        e = embed_text(g, line, length, scratch);
        out_flush();
    }
    return e;
}

enum error cmd_embed(const struct options *o)
{
    static struct generator generator;
    struct text text;
    enum error e = text_read(&text, o->text, o->file);
    if (!e)
        e = generate_open(&generator, o);
    if (e)
        return e;
    e = embed_all(&generator, &text, !o->text || strcmp(o->text, "-") == 0);
    generate_close(&generator);
    return e;
}
