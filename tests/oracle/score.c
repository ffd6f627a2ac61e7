/* score.c: the hash, the greedy choice and the loss of one position's logits.
 * Contract: docs/NUMERICS.md 4 (greedy), 5 and 6. */
#include "oracle.h"

uint64_t score_hash(const unsigned char *bytes, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash;
}

int score_largest(const float *logits, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

double score_nll(const float *logits, int n, int next)
{
    double m = logits[score_largest(logits, n)], sum = 0;
    for (int i = 0; i < n; i++)
        sum += real_exp(logits[i] - m);
    return real_log(sum) - (logits[next] - m);
}
