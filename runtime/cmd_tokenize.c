/* cmd_tokenize.c: `tokenize`: text to ids on one line, or with --decode ids to bytes. */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "map.h"
#include "model.h"
#include "out.h"
#include "text.h"

static enum error encode(const struct options *o, const struct tok *tok, const struct text *text)
{
    int flags = (o->no_bos ? 0 : TOK_BOS) | (o->special ? TOK_SPECIAL : 0);
    int32_t *ids;
    long n;
    enum error e = text_encode(text, tok, flags, &ids, &n);
    if (e)
        return e;
    for (long i = 0; i < n; i++)
        out_text("%s%" PRId32, i > 0 ? " " : "", ids[i]);
    out_bytes("\n", 1);
    return E_OK;
}

/* The bytes of all ids; to `bytes`, unless that is NULL. Returns their number in *n. */
static enum error join(const struct tok *tok, const struct text *text, char *bytes, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < text->length;) {
        if (is_space(text->bytes[i])) {
            i++;
            continue;
        }
        size_t start = i;
        int64_t id = 0;
        for (; i < text->length && !is_space(text->bytes[i]); i++) {
            unsigned digit = (unsigned)(unsigned char)text->bytes[i] - '0';
            id = digit > 9 || id >= MODEL_VOCAB ? MODEL_VOCAB : 10 * id + digit;
        }
        if (id >= MODEL_VOCAB)
            return error_set(E_USAGE, "byte %zu: '%.*s' is no token id from 0 to %d", start,
                             (int)(i - start < 20 ? i - start : 20), text->bytes + start,
                             MODEL_VOCAB - 1);
        const char *piece;
        size_t length = tok_piece(tok, (int32_t)id, &piece);
        if (bytes)
            memcpy(bytes + *n, piece, length);
        *n += length;
    }
    return E_OK;
}

static enum error decode(const struct options *o, const struct tok *tok, const struct text *text)
{
    size_t n;
    enum error e = join(tok, text, NULL, &n);
    if (e)
        return e;
    char *bytes = map_memory(n + 1);
    if (!bytes)
        return E_MEM;
    join(tok, text, bytes, &n);
    if (tok->add_space && n > 0 && bytes[0] == ' ')
        bytes++, n--;
    if (o->clean && tok->clean_spaces)
        n = tok_clean(bytes, n);
    out_bytes(bytes, n);
    if (out_is_terminal())
        out_bytes("\n", 1);
    return E_OK;
}

enum error cmd_tokenize(const struct options *o)
{
    struct map map;
    struct tok tok;
    struct text text;
    enum error e = map_open(&map, o->image);
    if (e)
        return e;
    tok_open(&tok, map.image + MODEL_VOCAB_OFFSET);
    e = text_read(&text, o->text, o->file);
    if (!e)
        e = o->decode ? decode(o, &tok, &text) : encode(o, &tok, &text);
    map_close(&map);
    return e;
}
