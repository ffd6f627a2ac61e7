/* sample.h: the choice of the next token. docs/NUMERICS.md 4 is the contract; the same bits
   everywhere. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdint.h>

#define SAMPLE_PENALTY_WINDOW 64           /* last tokens that the repetition penalty looks at */

struct sample_options {
    double temperature;                    /* rounded to f32; <= 0: the largest logit */
    int top_k;                             /* 0: all */
    double top_p;                          /* f64; >= 1: off */
    double min_p;                          /* rounded to f32; 0: off */
    double repeat_penalty;                 /* rounded to f32; 1: off; positive */
    uint64_t seed;
};

#define SAMPLE_DEFAULTS { 0.8, 40, 0.95, 0.05, 1.0, 0 }

/* An id that may come next. Lists of them ascend by id. */
struct candidate {
    float logit;
    int32_t id;
};

/* The logits that a choice depends on: the `top` largest of those outside `ids`, or with top = 0
   all that can weigh min_p of the largest (min_p = 0: all there are); and those of ids. */
struct sample_need {
    int top;
    float min_p;
    const int32_t *ids;                    /* [n_ids], may repeat */
    int n_ids;
};

/* What sample() with the same arguments needs; ids is a part of context. */
struct sample_need sample_need(const struct sample_options *options, const int32_t *context, int n);

/* The id that comes after context[0 .. n), from a list [count] that holds at least what it needs;
   the list is changed. Terminates with an id of the list for any logits, finite or not. Not
   reentrant: the weights are static. */
int32_t sample(const struct sample_options *options, struct candidate *list, int count,
               const int32_t *context, int n);

#endif
