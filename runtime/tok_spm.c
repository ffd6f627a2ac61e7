/* tok_spm.c: SentencePiece's byte pair encoding of one piece of text: characters are joined to the
   token of the highest score first, and a character that is no token becomes its bytes.
   Contract: tok_section.h. */

#include "tok_section.h"
#include "utf8.h"

/* The unit of a character, TOK_NONE if no token contains it. */
static uint32_t unit_of(const struct tok *t, uint32_t code)
{
    const struct tok_char *slots = tok_at(t, t->section->char_slots);
    uint32_t bits = t->section->char_bits, mask = (1u << bits) - 1;
    uint32_t slot = (uint32_t)(code * TOK_MIX >> (64 - bits));
    while (slots[slot].unit != TOK_NONE && slots[slot].code != code)
        slot = (slot + 1) & mask;
    return slots[slot].unit;
}

/* Symbols have the index of their first byte; the space in front, if any, is symbol 0 and moves
   them by one. What has no token has not been joined: it is one character, never a space. */
void tok_spm(const struct tok *t, const char *piece, size_t n, int space, struct tok_sink *out,
             void *scratch)
{
    const uint32_t *byte_ids = tok_at(t, t->section->byte_ids);
    size_t first = space ? 1 : 0, end = n + first;
    uint32_t prev = 0;
    struct tok_heap heap = {scratch, 0};
    struct tok_symbol *s = (void *)(heap.keys + 2 * end);
    if (space)
        s[0] = (struct tok_symbol){unit_of(t, TOK_SPACE), 0, 1, TOK_NONE};
    for (size_t at = 0; at < n;) {
        uint32_t i = (uint32_t)(at + first), code = utf8_next(piece, &at);
        s[i] = (struct tok_symbol){unit_of(t, code == ' ' ? TOK_SPACE : code), prev,
                                   (uint32_t)(at + first), TOK_NONE};
        prev = i;
    }
    tok_merge_all(t, s, end, &heap);
    for (size_t i = 0; i < end; i = s[i].next) {
        if (s[i].id < t->section->n_tokens)
            tok_emit(out, s[i].id);
        else
            for (size_t k = i; k < s[i].next; k++)
                tok_emit(out, byte_ids[(unsigned char)piece[k - first]]);
    }
}
