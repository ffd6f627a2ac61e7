/* tok_clean.c: takes spaces out of a decoded text that stand before punctuation and contractions.
   Contract: tok.h. The three passes of llama.cpp's llama_detokenize, one after the other. */

#include "tok.h"

#include <string.h>

/* Each pass looks at the text as the pass before left it, never at what it has written itself: it
   writes behind the character before the one it looks at. */

static size_t before_punctuation(char *text, size_t n)
{
    size_t to = n > 0;
    for (size_t i = 1; i < n; i++) {
        if (text[i - 1] == ' ' && memchr("?!.,", text[i], 4))
            to--;
        text[to++] = text[i];
    }
    return to;
}

static size_t around_apostrophes(char *text, size_t n)
{
    size_t to = n > 0;
    for (size_t i = 1; i < n; i++) {
        char c = text[i];
        if (c == '\'' && i + 1 < n && text[i - 1] == ' ' && text[i + 1] == ' ') {
            to--;
            text[++i] = '\0';                     /* taken: no other apostrophe's space */
        }
        text[to++] = c;
    }
    return to;
}

/* 's 'm 're 've, but not 't 'd 'll */
static int is_contraction(const char *text, size_t n)
{
    if (n < 2 || text[0] != '\'')
        return 0;
    return text[1] == 's' || text[1] == 'm'
        || (n > 2 && (text[1] == 'r' || text[1] == 'v') && text[2] == 'e');
}

static size_t before_contractions(char *text, size_t n)
{
    size_t to = n > 0;
    for (size_t i = 1; i < n; i++) {
        if (text[i - 1] == ' ' && is_contraction(text + i, n - i))
            to--;
        text[to++] = text[i];
    }
    return to;
}

size_t tok_clean(char *text, size_t n)
{
    return before_contractions(text, around_apostrophes(text, before_punctuation(text, n)));
}
