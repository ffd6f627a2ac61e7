/* tok_section.h: the vocabulary section of the image and what the tok_*.c files share.
   Written by gen/vocab_section.lua; checked there, so nothing is checked here. */
#ifndef TOK_SECTION_H
#define TOK_SECTION_H

#include "tok.h"

enum { TOK_STEPS_MAX = 8 };

/* Steps of the pre-tokenizer; gen/pretokenizers.lua has the expression of each. */
enum tok_step { TOK_NO_STEP, TOK_PUNCT_RUN, TOK_GPT2, TOK_NUMBER_RUN, TOK_DIGITS3, TOK_LLAMA3 };

/* The start of the section, little-endian. From `pieces` on: offsets in bytes from here. */
struct tok_section {
    uint32_t n_tokens, bos, eos, eot, eom, add_bos, add_eos;
    uint32_t merge_bits, text_bits;        /* log2 of the slots; text_bits 0: no text slots */
    uint32_t steps[TOK_STEPS_MAX];         /* enum tok_step, in order, then 0 */
    uint32_t pieces;                       /* u32[n_tokens + 1]: where each token's bytes begin */
    uint32_t byte_ids;                     /* u32[256]: the token of each byte */
    uint32_t merges;                       /* struct tok_merge[], by rank */
    uint32_t merge_slots, text_slots;      /* u32[1 << bits]: 1 + rank, 1 + id; 0: empty */
    uint32_t specials;                     /* u32[]: special tokens in byte order of their texts */
    uint32_t special_first;                /* u32[257]: the index in it of those from a byte on */
    uint32_t traits;                       /* u8[n_tokens] */
    uint32_t bytes;                        /* all tokens' bytes */
};

struct tok_merge { uint32_t left, right, id; };

enum { TOK_SILENT = 1, TOK_END = 2 };      /* traits: prints nothing, ends the generation */

#define TOK_NONE UINT32_MAX
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

/* The ids of one piece of n >= 1 bytes. scratch: TOK_BPE_SCRATCH bytes for each of them. */
enum { TOK_BPE_SCRATCH = 32 };
void tok_bpe(const struct tok *t, const char *piece, size_t n, struct tok_sink *out, void *scratch);

/* A binary min-heap: the lowest rank first, among equals the leftmost position. */
struct tok_heap {
    uint64_t *keys;                        /* rank << 32 | position */
    size_t n;
};

void tok_heap_push(struct tok_heap *h, uint32_t rank, uint32_t position);
uint64_t tok_heap_pop(struct tok_heap *h);

#endif
