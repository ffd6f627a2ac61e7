/* tok_bpe.c: byte-level byte pair encoding of one piece of text.
   Contract: tok_section.h. The pair of lowest rank is merged first, among equals the leftmost. */

#include "hash.h"
#include "tok_section.h"

#include <string.h>

/* The token that is exactly this piece, TOK_NONE if there is none or the model does not ask. */
static uint32_t whole_piece(const struct tok *t, const char *piece, size_t n)
{
    const uint32_t *slots = tok_at(t, t->section->text_slots);
    uint32_t bits = t->section->text_bits, mask = (1u << bits) - 1;
    if (bits == 0)
        return TOK_NONE;
    uint64_t hash = hash_fnv1a(HASH_BASIS, piece, n) * TOK_MIX;
    for (uint32_t slot = (uint32_t)(hash >> (64 - bits)); slots[slot]; slot = (slot + 1) & mask) {
        const char *bytes;
        uint32_t id = slots[slot] - 1;
        if (tok_piece(t, (int32_t)id, &bytes) == n && memcmp(bytes, piece, n) == 0)
            return id;
    }
    return TOK_NONE;
}

void tok_bpe(const struct tok *t, const char *piece, size_t n, struct tok_sink *out, void *scratch)
{
    uint32_t whole = whole_piece(t, piece, n);
    if (whole != TOK_NONE) {
        tok_emit(out, whole);
        return;
    }
    const uint32_t *byte_ids = tok_at(t, t->section->byte_ids);
    struct tok_heap heap = {scratch, 0};
    struct tok_symbol *s = (void *)(heap.keys + 2 * n);
    for (size_t i = 0; i < n; i++)
        s[i] = (struct tok_symbol){byte_ids[(unsigned char)piece[i]], (uint32_t)i - 1,
                                   (uint32_t)i + 1, TOK_NONE};
    tok_merge_all(t, s, n, &heap);
    for (size_t i = 0; i < n; i = s[i].next)
        if (s[i].id != TOK_NONE)                 /* a byte that the vocabulary does not have */
            tok_emit(out, s[i].id);
}
