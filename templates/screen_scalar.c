${banner}
#include "kernel.h"

/* 64 rows of ${k} int8 values against ${k} values of two limbs: |sum of limb * q| <= ${127 * 127 * k_pad} per limb. */
SCREEN(${name})
{
    int32_t sums_high[64] = {0}, sums_low[64] = {0};
    for (int k = 0; k < ${k_pad}; k += 4, group += 256)
        for (int i = 0; i < 64; i++) {
            const int8_t *q = group + 4 * i;
            sums_high[i] += q[0] * high[k] + q[1] * high[k + 1] + q[2] * high[k + 2] + q[3] * high[k + 3];
            sums_low[i] += q[0] * low[k] + q[1] * low[k + 1] + q[2] * low[k + 2] + q[3] * low[k + 3];
        }
    for (int i = 0; i < 64; i++)
        sums[i] = 128u * (uint32_t)sums_high[i] + (uint32_t)sums_low[i];
}
