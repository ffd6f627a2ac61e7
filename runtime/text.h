/* text.h: a whole text in memory, checked to be well-formed UTF-8, and its tokens.
   Each lives in one mapping of its own, made when the program starts and kept until it ends. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "tok.h"

/* Bytes. On 32-bit machines less, so that no size made from it can wrap. */
#define TEXT_MAX ((unsigned)(SIZE_MAX / 64 < 0x7fffffff ? SIZE_MAX / 64 : 0x7fffffff))

struct text {
    const char *bytes;
    size_t length;
};

/* White space of ASCII. */
static inline int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The argument itself, or the file, or stdin where both are NULL or the name is "-".
   Errors: E_OPEN, E_READ, E_PROMPT_SIZE, E_UTF8 (with the byte offset), E_MEM. */
enum error text_read(struct text *text, const char *argument, const char *file);

/* ids[0 .. *n): the tokens of the text. flags as for tok_encode. Errors: E_MEM. */
enum error text_encode(const struct text *text, const struct tok *tok, int flags, int32_t **ids,
                       long *n);

/* E_UTF8, naming `what` and the byte, unless the bytes are well-formed. */
enum error text_check(const char *what, const char *bytes, size_t length);

#endif
