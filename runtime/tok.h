/* tok.h: text to token ids and back: byte-level BPE and SentencePiece's BPE, the tokenizer models
   gpt2 and llama of llama.cpp; docs/NUMERICS.md 7 is the definition.
   Works on the vocabulary section of an image (tok_section.h); allocates nothing. */
#ifndef TOK_H
#define TOK_H

#include <stddef.h>
#include <stdint.h>

struct tok {
    int32_t n_tokens, bos, eos;
    int32_t eot, eom;          /* end of turn, end of message; -1 where the model has none */
    int add_bos, add_eos;      /* the model wants a BOS before, an EOS after a text */
    int add_space;             /* the first space of a decoded text is not the text's own */
    int clean_spaces;          /* a decoded text may be cleaned by tok_clean */
    const struct tok_section *section;
};

enum {
    TOK_BOS = 1,                  /* add what the model wants added: BOS, EOS */
    TOK_SPECIAL = 2,              /* control tokens spelled out in the text are tokens, not text */
    TOK_CONTINUED = 4,            /* the text goes on after a text: no space is put in front */
    TOK_TEXT_MAX = 0x7fffffff     /* bytes of a text at most */
};

/* Ids of a text of that many bytes at most: one for each byte, one for the space that SentencePiece
   puts in front of each text between special tokens, BOS and EOS. */
#define TOK_IDS_MAX(text_bytes) (2 * (size_t)(text_bytes) + 2)

/* section: 4-byte aligned, made by gen/vocab.lua; it must outlive t. */
void tok_open(struct tok *t, const unsigned char *section);

/* Bytes of scratch for a text of that many bytes; SIZE_MAX if no memory could be that large. */
size_t tok_scratch_bytes(size_t text_bytes);

/* The ids of text: len bytes of well-formed UTF-8 (utf8_check), len <= TOK_TEXT_MAX.
   scratch: 8-byte aligned, tok_scratch_bytes(len). At worst the time is as n log n; the stack is
   constant. Returns the number of ids, at most TOK_IDS_MAX(len); -1 if there are more than max or
   the text is too long. */
long tok_encode(const struct tok *t, const char *text, size_t len, int flags, int32_t *ids,
                size_t max, void *scratch);

/* What a token stands for, not always whole characters; returns the number of bytes. Whoever prints
   a text leaves control tokens out. An id outside the vocabulary has no bytes. */
size_t tok_piece(const struct tok *t, int32_t id, const char **bytes);

/* Takes the space before ? ! . , 's 'm 're 've and around a single ' out of a decoded text, in
   place. Returns the bytes left of n. */
size_t tok_clean(char *text, size_t n);

int tok_is_control(const struct tok *t, int32_t id);    /* prints nothing */
int tok_is_eog(const struct tok *t, int32_t id);        /* ends the generation */

#endif
