/* screen.h: which rows of the head can matter for the next token, from bounds of all logits.
   Contract: docs/NUMERICS.md 8. */
#ifndef SCREEN_H
#define SCREEN_H

#include "engine.h"

#define SCREEN_LIMIT 4096                  /* candidates; with more, the full head is no dearer */

/* Fills list [SCREEN_LIMIT or MODEL_VOCAB, the smaller] with what `need` asks for after token
   s->row, ascending by id, on all threads of the step's team. Returns how many there are; 0 where
   only the full head can tell. */
int screen_candidates(const struct step *s, const struct sample_need *need, struct candidate *list);

#endif
