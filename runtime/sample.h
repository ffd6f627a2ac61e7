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

/* The id that comes after context[0 .. n), from the logits [MODEL_VOCAB] of its last token.
   Terminates with an id of the vocabulary for any logits, finite or not. Not reentrant: the
   candidates are static. */
int32_t sample(const struct sample_options *options, const float *logits, const int32_t *context,
               int n);

#endif
