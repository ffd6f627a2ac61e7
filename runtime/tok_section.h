/* tok_section.h: the vocabulary section of the image and what the tok_*.c files share.
   Written by gen/vocab_section.lua; checked there, so nothing is checked here. */
#ifndef TOK_SECTION_H
#define TOK_SECTION_H

#include "tok.h"

enum { TOK_STEPS_MAX = 8 };

/* Steps of the pre-tokenizer; gen/pretokenizers.lua has the expression of each. */
enum tok_step {
    TOK_NO_STEP, TOK_PUNCT_RUN, TOK_GPT2, TOK_NUMBER_RUN, TOK_DIGITS3, TOK_LLAMA3,
    TOK_PUNCT_TICK_RUN, TOK_NUMBER, TOK_DIGIT, TOK_QWEN2, TOK_WORD,
};

/* The start of the section, little-endian. From `pieces` on: offsets in bytes from here. */
struct tok_section {
    uint32_t n_tokens, bos, eos, eot, eom, add_bos, add_eos;
    uint32_t is_spm, add_space;            /* SentencePiece; its space in front of a text */
    uint32_t clean_spaces;                 /* detokenized text is cleaned, see tok_clean */
    uint32_t merge_bits, text_bits, char_bits;    /* log2 of the slots; 0: there are none */
    uint32_t steps[TOK_STEPS_MAX];         /* enum tok_step, in order, then 0 */
    uint32_t pieces;                       /* u32[n_tokens + 1]: where each token's bytes begin */
    uint32_t byte_ids;                     /* u32[256]: the token of each byte, or TOK_NONE */
    uint32_t merges;                       /* struct tok_merge[]; of BPE by rank */
    uint32_t merge_slots, text_slots;      /* u32[1 << bits]: 1 + number, 1 + id; 0: empty */
    uint32_t char_slots;                   /* struct tok_char[1 << bits], SentencePiece's */
    uint32_t token_ranks;                  /* u32[n_tokens], SentencePiece's: best score first */
    uint32_t specials;                     /* u32[]: special tokens in byte order of their texts */
    uint32_t special_first;                /* u32[257]: the index in it of those from a byte on */
    uint32_t traits;                       /* u8[n_tokens] */
    uint32_t bytes;                        /* all tokens' bytes */
};

/* left, right: units, which are token ids and, from n_tokens on, the characters that occur in
   tokens without being one. */
struct tok_merge { uint32_t left, right, id; };
struct tok_char { uint32_t code, unit; };  /* unit TOK_NONE: empty */

enum { TOK_SILENT = 1, TOK_END = 2 };      /* traits: prints nothing, ends the generation */

#define TOK_NONE UINT32_MAX
#define TOK_SPACE 0x2581                   /* what stands for a space in SentencePiece's tokens */
#define TOK_MIX 0x9e3779b97f4a7c15u        /* first slot: the high bits of hash * TOK_MIX */

static inline const void *tok_at(const struct tok *t, uint32_t offset)
{
    return (const unsigned char *)t->section + offset;
}

/* The end of the piece that begins at text[at]. ends: TOK_STEPS_MAX + 1 numbers, ends[0] the end of
   the text, the others its start or what the last call left there. */
size_t tok_next_piece(const struct tok *t, const char *text, size_t at, size_t *ends);

/* Where ids go; n counts also those that found no room. */
struct tok_sink {
    int32_t *ids;
    size_t n, max;
};

static inline void tok_emit(struct tok_sink *out, uint32_t id)
{
    if (out->n < out->max)
        out->ids[out->n] = (int32_t)id;
    out->n++;
}

/* The ids of one piece of n >= 1 bytes; space: as if there were one in front.
   scratch: TOK_PIECE_SCRATCH bytes for each byte, and for the space. */
enum { TOK_PIECE_SCRATCH = 32 };
void tok_bpe(const struct tok *t, const char *piece, size_t n, struct tok_sink *out, void *scratch);
void tok_spm(const struct tok *t, const char *piece, size_t n, int space, struct tok_sink *out,
             void *scratch);

/* A binary min-heap: the lowest rank first, among equals the leftmost position. */
struct tok_heap {
    uint64_t *keys;                        /* rank << 32 | position */
    size_t n;
};

void tok_heap_push(struct tok_heap *h, uint32_t rank, uint32_t position);
uint64_t tok_heap_pop(struct tok_heap *h);

/* A run of bytes that is one unit; it has the index of its first byte. */
struct tok_symbol {
    uint32_t id, prev, next;    /* id: TOK_NONE if no unit; next of the last: end; prev of 0: any */
    uint32_t merge;             /* with the next one; TOK_NONE: none, or merged away */
};

/* Merges the symbols s[0], s[s[0].next] ... before `end`, whose merge is TOK_NONE. heap: empty. */
void tok_merge_all(const struct tok *t, struct tok_symbol *s, size_t end, struct tok_heap *heap);

#endif
