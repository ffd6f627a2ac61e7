/* tok_bpe.c: byte-level byte pair encoding of one piece of text.
   Contract: tok_section.h. The pair of lowest rank is merged first, among equals the leftmost. */

#include "hash.h"
#include "tok_section.h"

#include <string.h>

/* A run of bytes that is one token; it has the index of its first byte. */
struct symbol {
    uint32_t id, prev, next;    /* next: n at the end; prev means nothing at 0 */
    uint32_t rank;              /* of the merge with the next one; TOK_NONE: none, or merged away */
};

_Static_assert(TOK_BPE_SCRATCH == sizeof(struct symbol) + 2 * sizeof(uint64_t),
               "n symbols; each of the first n-1 pairs and of the n-1 merges leaves one key more");

static size_t parent(size_t i) { return (i - 1) / 2; }

void tok_heap_push(struct tok_heap *h, uint32_t rank, uint32_t position)
{
    uint64_t key = (uint64_t)rank << 32 | position;
    size_t i = h->n++;
    for (; i > 0 && h->keys[parent(i)] > key; i = parent(i))
        h->keys[i] = h->keys[parent(i)];
    h->keys[i] = key;
}

uint64_t tok_heap_pop(struct tok_heap *h)
{
    uint64_t top = h->keys[0], last = h->keys[--h->n];
    size_t i = 0, child;
    for (; (child = 2 * i + 1) < h->n; i = child) {
        if (child + 1 < h->n && h->keys[child + 1] < h->keys[child])
            child++;
        if (h->keys[child] >= last)
            break;
        h->keys[i] = h->keys[child];
    }
    h->keys[i] = last;
    return top;
}

/* The rank of the merge of two tokens, TOK_NONE if there is none. */
static uint32_t rank_of(const struct tok *t, uint32_t left, uint32_t right)
{
    const struct tok_merge *merges = tok_at(t, t->section->merges);
    const uint32_t *slots = tok_at(t, t->section->merge_slots);
    uint32_t bits = t->section->merge_bits, mask = (1u << bits) - 1;
    uint64_t hash = ((uint64_t)left << 32 | right) * TOK_MIX;
    for (uint32_t slot = (uint32_t)(hash >> (64 - bits)); slots[slot]; slot = (slot + 1) & mask) {
        uint32_t rank = slots[slot] - 1;
        if (merges[rank].left == left && merges[rank].right == right)
            return rank;
    }
    return TOK_NONE;
}

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

/* Ranks the pair that begins at symbol i. */
static void rank_pair(const struct tok *t, struct symbol *s, uint32_t i, size_t n,
                      struct tok_heap *heap)
{
    s[i].rank = s[i].next < n ? rank_of(t, s[i].id, s[s[i].next].id) : TOK_NONE;
    if (s[i].rank != TOK_NONE)
        tok_heap_push(heap, s[i].rank, i);
}

static void merge_all(const struct tok *t, struct symbol *s, size_t n, struct tok_heap *heap)
{
    const struct tok_merge *merges = tok_at(t, t->section->merges);
    while (heap->n > 0) {
        uint64_t key = tok_heap_pop(heap);
        uint32_t rank = (uint32_t)(key >> 32), left = (uint32_t)key;
        if (s[left].rank != rank)
            continue;                            /* the pair is no longer what it was when pushed */
        uint32_t right = s[left].next, next = s[right].next;
        s[left].id = merges[rank].id;
        s[left].next = next;
        s[right].rank = TOK_NONE;
        if (next < n)
            s[next].prev = left;
        rank_pair(t, s, left, n, heap);
        if (left > 0)
            rank_pair(t, s, s[left].prev, n, heap);
    }
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
    struct symbol *s = (void *)(heap.keys + 2 * n);
    for (size_t i = 0; i < n; i++)
        s[i] = (struct symbol){byte_ids[(unsigned char)piece[i]], (uint32_t)i - 1, (uint32_t)i + 1,
                               TOK_NONE};
    for (size_t i = 0; i < n; i++)
        rank_pair(t, s, (uint32_t)i, n, &heap);
    merge_all(t, s, n, &heap);
    for (size_t i = 0; i < n; i = s[i].next)
        tok_emit(out, s[i].id);
}
