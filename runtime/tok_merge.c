/* tok_merge.c: joins neighbouring symbols, the best pair first, until no two can be joined.
   Contract: tok_section.h. */

#include "tok_section.h"

_Static_assert(TOK_PIECE_SCRATCH == sizeof(struct tok_symbol) + 2 * sizeof(uint64_t),
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

/* The number of the merge of two units, TOK_NONE if there is none. */
static uint32_t merge_of(const struct tok *t, uint32_t left, uint32_t right)
{
    const struct tok_merge *merges = tok_at(t, t->section->merges);
    const uint32_t *slots = tok_at(t, t->section->merge_slots);
    uint32_t bits = t->section->merge_bits, mask = (1u << bits) - 1;
    uint64_t hash = ((uint64_t)left << 32 | right) * TOK_MIX;
    for (uint32_t slot = (uint32_t)(hash >> (64 - bits)); slots[slot]; slot = (slot + 1) & mask) {
        uint32_t merge = slots[slot] - 1;
        if (merges[merge].left == left && merges[merge].right == right)
            return merge;
    }
    return TOK_NONE;
}

/* What comes first: the merge of the lower number, or the one that makes the better token. */
static uint32_t rank_of(const struct tok *t, uint32_t merge)
{
    const struct tok_merge *merges = tok_at(t, t->section->merges);
    const uint32_t *token_ranks = tok_at(t, t->section->token_ranks);
    return t->section->is_spm ? token_ranks[merges[merge].id] : merge;
}

/* Ranks the pair that begins at symbol i. */
static void rank_pair(const struct tok *t, struct tok_symbol *s, uint32_t i, size_t end,
                      struct tok_heap *heap)
{
    s[i].merge = s[i].next < end ? merge_of(t, s[i].id, s[s[i].next].id) : TOK_NONE;
    if (s[i].merge != TOK_NONE)
        tok_heap_push(heap, rank_of(t, s[i].merge), i);
}

void tok_merge_all(const struct tok *t, struct tok_symbol *s, size_t end, struct tok_heap *heap)
{
    const struct tok_merge *merges = tok_at(t, t->section->merges);
    for (size_t i = 0; i < end; i = s[i].next)
        rank_pair(t, s, (uint32_t)i, end, heap);
    while (heap->n > 0) {
        uint64_t key = tok_heap_pop(heap);
        uint32_t rank = (uint32_t)(key >> 32), left = (uint32_t)key;
        if (s[left].merge == TOK_NONE || rank_of(t, s[left].merge) != rank)
            continue;                            /* the pair is no longer what it was when pushed */
        uint32_t right = s[left].next, next = s[right].next;
        s[left].id = merges[s[left].merge].id;
        s[left].next = next;
        s[right].merge = TOK_NONE;
        if (next < end)
            s[next].prev = left;
        rank_pair(t, s, left, end, heap);
        if (left > 0)
            rank_pair(t, s, s[left].prev, end, heap);
    }
}
