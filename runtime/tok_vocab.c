/* tok_vocab.c: a vocabulary section as tokens.
   Contract: tok.h. */

#include "tok_section.h"

_Static_assert(sizeof(struct tok_section) == 32 * 4, "as gen/vocab_section.lua packs it");

void tok_open(struct tok *t, const unsigned char *section)
{
    const struct tok_section *s = (const void *)section;
    *t = (struct tok){
        .n_tokens = (int32_t)s->n_tokens, .bos = (int32_t)s->bos, .eos = (int32_t)s->eos,
        .eot = s->eot == TOK_NONE ? -1 : (int32_t)s->eot,
        .eom = s->eom == TOK_NONE ? -1 : (int32_t)s->eom,
        .add_bos = (int)s->add_bos, .add_eos = (int)s->add_eos,
        .add_space = (int)s->add_space, .clean_spaces = (int)s->clean_spaces, .section = s,
    };
}

size_t tok_piece(const struct tok *t, int32_t id, const char **bytes)
{
    const uint32_t *piece = tok_at(t, t->section->pieces);
    *bytes = tok_at(t, t->section->bytes);
    if (id < 0 || id >= t->n_tokens)
        return 0;
    *bytes += piece[id];
    return piece[id + 1] - piece[id];
}

static int has_trait(const struct tok *t, int32_t id, unsigned trait)
{
    const unsigned char *traits = tok_at(t, t->section->traits);
    return id >= 0 && id < t->n_tokens && (traits[id] & trait) != 0;
}

int tok_is_control(const struct tok *t, int32_t id) { return has_trait(t, id, TOK_SILENT); }
int tok_is_eog(const struct tok *t, int32_t id) { return has_trait(t, id, TOK_END); }
