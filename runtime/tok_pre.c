/* tok_pre.c: cuts text into the pieces that are encoded one by one. Each step is one expression of
   gen/pretokenizers.lua as a scanner: given where a chunk begins, it finds where it ends, looking
   no further than the end of the chunk that the step before made. */

#include "tok_section.h"
#include "unicode_tab.h"
#include "utf8.h"

enum {
    OTHER = 1 << UNICODE_OTHER, LETTER = 1 << UNICODE_LETTER, NUMBER = 1 << UNICODE_NUMBER,
    PUNCT = 1 << UNICODE_PUNCT, SPACE = 1 << UNICODE_SPACE,
    SYMBOL = OTHER | PUNCT,    /* [^\s\p{L}\p{N}] */
};

/* A character; beyond the end its class is 0, which is in no set of classes. */
struct character {
    uint32_t code;
    unsigned class;
    size_t next;               /* where the following one begins */
};

/* The last run that does not begin after the code point. */
static unsigned class_of(uint32_t code)
{
    if (code < 128)
        return 1u << unicode_ascii[code];
    size_t low = 0, high = sizeof unicode_runs / sizeof *unicode_runs;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (unicode_runs[middle] >> 3 <= code)
            low = middle;
        else
            high = middle;
    }
    return 1u << (unicode_runs[low] & 7);
}

static inline struct character character_at(const char *text, size_t at, size_t end)
{
    if (at >= end)
        return (struct character){0, 0, at};
    struct character c = {.next = at};
    c.code = utf8_next(text, &c.next);
    c.class = class_of(c.code);
    return c;
}

/* The first position from `at` on whose character is in none of the classes. */
static size_t run(const char *text, size_t at, size_t end, unsigned classes)
{
    for (;;) {
        struct character c = character_at(text, at, end);
        if (!(c.class & classes))
            return at;
        at = c.next;
    }
}

/* [\p{P}\$\+<=>\^~\|], or with the backtick too: in ASCII, what is no letter, digit, space or
   control. */
static int is_punct(struct character c, int tick)
{
    if (c.code < 128)
        return c.class & SYMBOL && c.code > ' ' && c.code < 127 && (tick || c.code != '`');
    return (c.class & PUNCT) != 0;
}

static size_t punctuation(const char *text, size_t at, size_t end, int tick)
{
    struct character c = character_at(text, at, end);
    int inside = is_punct(c, tick);
    do {
        at = c.next;
        c = character_at(text, at, end);
    } while (c.class && is_punct(c, tick) == inside);
    return at;
}

static size_t punct_run(const char *text, size_t at, size_t end)
{
    return punctuation(text, at, end, 0);
}

static size_t punct_tick_run(const char *text, size_t at, size_t end)
{
    return punctuation(text, at, end, 1);
}

static size_t number_run(const char *text, size_t at, size_t end)
{
    unsigned first = character_at(text, at, end).class;
    return run(text, at, end, first & NUMBER ? NUMBER : ~(unsigned)NUMBER);
}

static size_t number(const char *text, size_t at, size_t end)
{
    struct character c = character_at(text, at, end);
    return c.class & NUMBER ? c.next : run(text, at, end, ~(unsigned)NUMBER);
}

static int is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits3(const char *text, size_t at, size_t end)
{
    for (size_t i = at; end - i >= 3; i++)
        if (is_digit(text[i]) && is_digit(text[i + 1]) && is_digit(text[i + 2]))
            return i > at ? i : at + 3;
    return end;
}

static size_t digit(const char *text, size_t at, size_t end)
{
    size_t i = at;
    while (i < end && !is_digit(text[i]))
        i++;
    return i > at ? i : at + 1;
}

/* The end of 's 't 'm 'd 're 've 'll, or `at`; fold: 0x20 to take upper-case ASCII too, else 0. */
static size_t contraction(const char *text, size_t at, size_t end, int fold)
{
    if (text[at] != '\'' || end - at < 2)
        return at;
    int a = text[at + 1] | fold, b = end - at > 2 ? text[at + 2] | fold : 0;
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return at + 2;
    return (b == 'e' && (a == 'r' || a == 'v')) || (a == 'l' && b == 'l') ? at + 3 : at;
}

/* \s+(?!\S)|\s+ at white space: a longer run leaves its last character to what follows it. */
static size_t spaces(const char *text, size_t at, size_t end)
{
    size_t stop = run(text, at, end, SPACE), last = stop;
    if (stop == end)
        return stop;
    do
        last--;
    while (((unsigned char)text[last] & 0xc0) == 0x80);
    return last > at ? last : stop;
}

static size_t gpt2(const char *text, size_t at, size_t end)
{
    size_t stop = contraction(text, at, end, 0);
    if (stop > at)
        return stop;
    struct character c = character_at(text, at, end);
    if (c.code == ' ')
        c = character_at(text, c.next, end);
    if (c.class & SYMBOL)
        return run(text, c.next, end, SYMBOL);
    if (c.class & (LETTER | NUMBER))
        return run(text, c.next, end, c.class);
    return spaces(text, at, end);
}

static int is_newline(uint32_t c) { return c == '\r' || c == '\n'; }

/* \p{N}{1,most} at a number */
static size_t numbers(const char *text, size_t at, size_t end, int most)
{
    struct character c = character_at(text, at, end);
    for (int n = 0; n < most && c.class & NUMBER; n++)
        c = character_at(text, at = c.next, end);
    return at;
}

/* \s*[\r\n]+|\s+(?!\S)|\s+ at white space */
static size_t lines_or_spaces(const char *text, size_t at, size_t end)
{
    for (size_t i = run(text, at, end, SPACE); i > at; i--)
        if (is_newline((unsigned char)text[i - 1]))
            return i;
    return spaces(text, at, end);
}

/* The expression of LLaMA-3, which takes up to three numbers together; Qwen2's takes one. */
static size_t llama3_numbers(const char *text, size_t at, size_t end, int most)
{
    size_t stop = contraction(text, at, end, 0x20);
    if (stop > at)
        return stop;
    struct character c = character_at(text, at, end), d = character_at(text, c.next, end);
    if (c.class & LETTER || (d.class & LETTER && !(c.class & NUMBER) && !is_newline(c.code)))
        return run(text, c.next, end, LETTER);
    if (c.class & NUMBER)
        return numbers(text, at, end, most);
    if (c.code == ' ')
        c = d;
    if (!(c.class & SYMBOL))
        return lines_or_spaces(text, at, end);
    stop = run(text, c.next, end, SYMBOL);
    while (stop < end && is_newline((unsigned char)text[stop]))
        stop++;
    return stop;
}

static size_t llama3(const char *text, size_t at, size_t end)
{
    return llama3_numbers(text, at, end, 3);
}

static size_t qwen2(const char *text, size_t at, size_t end)
{
    return llama3_numbers(text, at, end, 1);
}

/* The end of the characters that are spaces to SentencePiece, or are none. */
static size_t spm_run(const char *text, size_t at, size_t end, int spaces)
{
    for (;;) {
        struct character c = character_at(text, at, end);
        if (!c.class || (c.code == ' ' || c.code == TOK_SPACE) != spaces)
            return at;
        at = c.next;
    }
}

static size_t word(const char *text, size_t at, size_t end)
{
    return spm_run(text, spm_run(text, at, end, 1), end, 0);
}

size_t tok_next_piece(const struct tok *t, const char *text, size_t at, size_t *ends)
{
    static size_t (*const scan[])(const char *, size_t, size_t) = {
        [TOK_PUNCT_RUN] = punct_run, [TOK_GPT2] = gpt2, [TOK_NUMBER_RUN] = number_run,
        [TOK_DIGITS3] = digits3, [TOK_LLAMA3] = llama3, [TOK_PUNCT_TICK_RUN] = punct_tick_run,
        [TOK_NUMBER] = number, [TOK_DIGIT] = digit, [TOK_QWEN2] = qwen2, [TOK_WORD] = word,
    };
    const uint32_t *steps = t->section->steps;
    size_t i = 0;
    for (; i < TOK_STEPS_MAX && steps[i] != TOK_NO_STEP; i++)
        if (ends[i + 1] <= at)
            ends[i + 1] = scan[steps[i]](text, at, ends[i]);
    return ends[i];
}
