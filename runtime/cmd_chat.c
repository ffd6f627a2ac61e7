/* cmd_chat.c: `chat`: one line from stdin, one reply, until the input ends. The cache is kept
   between turns: only what is new, or has moved, is evaluated. Contract of the formats: chat.h. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chat.h"
#include "commands.h"
#include "generate.h"
#include "map.h"
#include "out.h"
#include "text.h"

#define CONTENT_BYTES (1 << 16)            /* of one message */
#define TEXT_BYTES (CONTENT_BYTES + 2 * CHAT_PLAIN_BYTES)   /* and its lead and tail */

struct chat {
    struct generator *generator;
    const struct chat_format *format;
    void *scratch;                         /* for tok_encode */
    int reply;                             /* where the reply that is not closed yet begins, or 0 */
    int32_t thought_end;                   /* the token </think>, -1 if there is none */
    char content[CONTENT_BYTES];
    size_t length;
};

static enum error choose_format(struct chat *chat, const char *name)
{
    chat->format = chat_format(name ? name : MODEL_CHAT);
    if (chat->format)
        return E_OK;
    if (name)
        return error_set(E_CHAT_TEMPLATE, "no chat template '%s'; there are: %s", name,
                         CHAT_NAMES);
    return error_set(E_CHAT_TEMPLATE,
                     "the chat template of %s is not one of the known families; choose one "
                     "with --chat-template: %s",
                     MODEL_NAME, CHAT_NAMES);
}

/* ---- messages ---- */

static enum error append(struct chat *chat, const char *text, size_t length, int flags)
{
    static int32_t ids[TOK_IDS_MAX(TEXT_BYTES)];
    struct generator *g = chat->generator;
    if (length == 0)
        return E_OK;
    if (g->n > 0 && !tok_is_control(&g->tok, g->context[g->n - 1]))
        flags |= TOK_CONTINUED;
    long n =
        tok_encode(&g->tok, text, length, flags, ids, sizeof ids / sizeof ids[0], chat->scratch);
    return generate_append(g, ids, n);
}

static enum error append_markup(struct chat *chat, const char *markup)
{
    return append(chat, markup, strlen(markup), TOK_SPECIAL);
}

static enum error append_plain(struct chat *chat, const char *text)
{
    return append(chat, text, strlen(text), 0);
}

static enum error append_message(struct chat *chat, const struct chat_role *role,
                                 const char *content, size_t length)
{
    if (chat->format->trim) {
        while (length > 0 && is_space(content[length - 1]))
            length--;
        while (length > 0 && is_space(*content))
            content++, length--;
    }
    static char text[TEXT_BYTES];
    size_t lead = strlen(role->lead), tail = strlen(role->tail);
    memcpy(text, role->lead, lead);
    memcpy(text + lead, content, length);
    memcpy(text + lead + length, role->tail, tail);
    enum error e = append_markup(chat, role->markup);
    if (!e)
        e = append(chat, text, lead + length + tail, 0);
    return e ? e : append_markup(chat, role->end);
}

static enum error append_system(struct chat *chat, const char *content)
{
    size_t length = strlen(content);
    if (length > CONTENT_BYTES)
        return error_set(E_PROMPT_SIZE, "the system text is longer than %d bytes", CONTENT_BYTES);
    enum error e = text_check("the system text", content, length);
    return e ? e : append_message(chat, &chat->format->system, content, length);
}

/* ---- replies ---- */

static enum error open_reply(struct chat *chat)
{
    const struct chat_format *format = chat->format;
    enum error e = append_markup(chat, format->assistant.markup);
    if (!e)
        e = append_plain(chat, format->assistant.lead);
    chat->reply = chat->generator->n;
    return e || !format->opening ? e : append_markup(chat, format->opening);
}

static int is_line_ends(const struct tok *tok, int32_t id)
{
    const char *piece;
    size_t length = tok_piece(tok, id, &piece), i = 0;
    while (i < length && piece[i] == '\n')
        i++;
    return i == length;
}

/* Takes the reply's thought, and the empty lines after it, out of the context. */
static void forget_thought(struct chat *chat)
{
    struct generator *g = chat->generator;
    int end = chat->reply;
    for (int i = chat->reply; i < g->n; i++)
        if (g->context[i] == chat->thought_end)
            end = i + 1;
    while (end > chat->reply && end < g->n && is_line_ends(&g->tok, g->context[end]))
        end++;
    generate_remove(g, chat->reply, end);
}

static enum error close_reply(struct chat *chat)
{
    const struct chat_format *format = chat->format;
    if (!chat->reply)
        return E_OK;
    if (format->forgets)
        forget_thought(chat);
    chat->reply = 0;
    enum error e = append_plain(chat, format->assistant.tail);
    return e ? e : append_markup(chat, format->assistant.end);
}

/* ---- lines and turns ---- */

/* The next line, without its end, into chat->content. *ended is set at the end of the input. */
static enum error read_line(struct chat *chat, int *ended)
{
    int c;
    chat->length = 0;
    while ((c = getchar()) != EOF && c != '\n') {
        if (chat->length == CONTENT_BYTES)
            return error_set(E_PROMPT_SIZE, "a line is longer than %d bytes", CONTENT_BYTES);
        chat->content[chat->length++] = (char)c;
    }
    if (c == EOF && ferror(stdin))
        return error_set(E_READ, "stdin: %s", strerror(errno));
    if (chat->length > 0 && chat->content[chat->length - 1] == '\r')
        chat->length--;
    *ended = c == EOF && chat->length == 0;
    return text_check("the line", chat->content, chat->length);
}

static enum error take_turn(struct chat *chat, struct reply *reply)
{
    enum error e = close_reply(chat);
    if (!e)
        e = append_message(chat, &chat->format->user, chat->content, chat->length);
    if (!e)
        e = open_reply(chat);
    if (!e)
        e = generate_reply(chat->generator, reply);
    if (e)
        return e;
    if (!chat->generator->options->trace)
        out_bytes("\n", 1);
    out_flush();
    if (reply->end == REPLY_CONTEXT)
        fprintf(stderr, "the context of %d tokens is full: the conversation ends here\n",
                MODEL_CTX);
    return E_OK;
}

static enum error converse(struct chat *chat)
{
    struct reply reply = { 0, REPLY_LIMIT };
    int ended = 0, prompt = isatty(STDIN_FILENO);
    enum error e = E_OK;
    while (!e && reply.end != REPLY_CONTEXT) {
        if (prompt)
            fputs("> ", stderr);
        e = read_line(chat, &ended);
        if (ended)
            break;
        if (!e && chat->length > 0)
            e = take_turn(chat, &reply);
    }
    if (ended && prompt)
        fputs("\n", stderr);
    return e;
}

/* The id of a text that is one token, -1 for any other. */
static int32_t one_token(struct chat *chat, const char *text)
{
    int32_t id;
    long n = tok_encode(&chat->generator->tok, text, strlen(text), TOK_SPECIAL, &id, 1,
                        chat->scratch);
    return n == 1 ? id : -1;
}

enum error cmd_chat(const struct options *o)
{
    static struct generator generator;
    static struct chat chat = { .generator = &generator };
    enum error e = choose_format(&chat, o->chat_template);
    if (!e && !(chat.scratch = map_memory(tok_scratch_bytes(TEXT_BYTES))))
        e = E_MEM;
    if (!e)
        e = generate_open(&generator, o);
    if (e)
        return e;
    chat.thought_end = one_token(&chat, "</think>");
    if (generator.tok.add_bos)
        e = generate_append(&generator, &generator.tok.bos, 1);
    if (!e && o->system)
        e = append_system(&chat, o->system);
    if (!e)
        e = converse(&chat);
    generate_close(&generator);
    return e;
}
