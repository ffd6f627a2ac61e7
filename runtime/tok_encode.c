/* tok_encode.c: finds the special tokens in a text and encodes what lies between them.
   Contract: tok.h. */

#include "tok_section.h"

/* Per byte of the text: the id of the special token that begins there, or one of these. */
enum { PLAIN = -1, INSIDE = -2 };

enum { ID_BITS = 20, LENGTH_MAX = 1024 };    /* the limits of gen/vocab.lua */

/* Per byte of the text: a mark, and what its piece needs; the heap of the specials needs less. One
   byte more: the space in front. */
#define SCRATCH_PER_BYTE (sizeof(int32_t) + TOK_PIECE_SCRATCH)

size_t tok_scratch_bytes(size_t text_bytes)
{
    size_t most = SIZE_MAX / SCRATCH_PER_BYTE - 1;
    return text_bytes > most ? SIZE_MAX : (text_bytes + 1) * SCRATCH_PER_BYTE;
}

/* Byte i of the k-th special token, -1 behind its end. */
static int special_byte(const struct tok *t, uint32_t k, size_t i)
{
    const uint32_t *specials = tok_at(t, t->section->specials);
    const char *bytes;
    return i < tok_piece(t, (int32_t)specials[k], &bytes) ? (unsigned char)bytes[i] : -1;
}

/* The first of the specials [low, high) whose byte i is not below `byte`; they agree before it. */
static uint32_t first_special(const struct tok *t, uint32_t low, uint32_t high, size_t i, int byte)
{
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (special_byte(t, middle, i) < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The longest special token that `text` begins with, of at most `limit` >= 1 bytes; PLAIN if none.
   In byte order those that begin with the same bytes are neighbours, the shortest first. */
static int32_t longest_special(const struct tok *t, const char *text, size_t limit, int flags)
{
    const uint32_t *specials = tok_at(t, t->section->specials);
    const uint32_t *first = tok_at(t, t->section->special_first);
    const unsigned char *s = (const unsigned char *)text;
    int32_t found = PLAIN;
    uint32_t low = first[s[0]], high = first[s[0] + 1];
    for (size_t n = 1; low < high; n++) {
        if (special_byte(t, low, n) < 0) {
            int32_t id = (int32_t)specials[low++];
            if (flags & TOK_SPECIAL || !tok_is_control(t, id))
                found = id;
        }
        if (n == limit)
            break;
        low = first_special(t, low, high, n, s[n]);
        high = first_special(t, low, high, n, s[n] + 1);
    }
    return found;
}

/* Queues the longest special token of at most `limit` bytes at text[at], if there is one. */
static void propose(const struct tok *t, const char *text, size_t at, size_t limit, int flags,
                    struct tok_heap *heap)
{
    const char *bytes;
    int32_t id = longest_special(t, text + at, limit, flags);
    if (id != PLAIN) {
        uint32_t shortness = LENGTH_MAX - (uint32_t)tok_piece(t, id, &bytes);
        tok_heap_push(heap, shortness << ID_BITS | (uint32_t)id, (uint32_t)at);
    }
}

/* Marks the special tokens: longer ones before shorter ones, each from left to right in what is
   still plain. One already marked is no shorter: an overlap covers the first or the last byte. */
static void mark_specials(const struct tok *t, const char *text, size_t len, int flags,
                          int32_t *mark, struct tok_heap *heap)
{
    const char *bytes;
    for (size_t at = 0; at < len; at++) {
        mark[at] = PLAIN;
        propose(t, text, at, len - at, flags, heap);
    }
    while (heap->n > 0) {
        uint64_t key = tok_heap_pop(heap);
        size_t at = (uint32_t)key;
        int32_t id = (int32_t)(key >> 32 & ((1u << ID_BITS) - 1));
        size_t n = tok_piece(t, id, &bytes);
        if (mark[at] != PLAIN)
            continue;
        if (mark[at + n - 1] != PLAIN) {
            if (n > 1)
                propose(t, text, at, n - 1, flags, heap);
            continue;
        }
        for (size_t i = 1; i < n; i++)
            mark[at + i] = INSIDE;
        mark[at] = id;
    }
}

/* Encodes text[at .. end), which holds no special token; space: as if one stood in front. */
static void encode_plain(const struct tok *t, const char *text, size_t at, size_t end, int space,
                         struct tok_sink *out, void *scratch)
{
    size_t ends[TOK_STEPS_MAX + 1] = {end};
    while (at < end) {
        size_t stop = tok_next_piece(t, text, at, ends);
        if (t->section->is_spm)
            tok_spm(t, text + at, stop - at, space, out, scratch);
        else
            tok_bpe(t, text + at, stop - at, out, scratch);
        space = 0;
        at = stop;
    }
}

long tok_encode(const struct tok *t, const char *text, size_t len, int flags, int32_t *ids,
                size_t max, void *scratch)
{
    if (len > TOK_TEXT_MAX)
        return -1;
    struct tok_sink out = {ids, 0, max};
    struct tok_heap heap = {scratch, 0};
    int space = t->add_space && !(flags & TOK_CONTINUED);
    int32_t *mark = (void *)((char *)scratch + (len + 1) * TOK_PIECE_SCRATCH);
    if (flags & TOK_BOS && t->add_bos)
        tok_emit(&out, (uint32_t)t->bos);
    mark_specials(t, text, len, flags, mark, &heap);
    for (size_t at = 0, stop; at < len; at = stop) {
        stop = at + 1;
        while (stop < len && (mark[stop] == INSIDE || (mark[at] == PLAIN && mark[stop] == PLAIN)))
            stop++;
        if (mark[at] == PLAIN)
            encode_plain(t, text, at, stop, space, &out, scratch);
        else
            tok_emit(&out, (uint32_t)mark[at]);
        space = t->add_space;
    }
    if (flags & TOK_BOS && t->add_eos)
        tok_emit(&out, (uint32_t)t->eos);
    return out.n <= max ? (long)out.n : -1;
}
