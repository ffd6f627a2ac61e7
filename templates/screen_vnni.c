${banner}
$ local near, far = 1024, 4096           -- bytes from load to prefetch, as in gemv_t2_vnni.c
$ local rows, chunk = 4 * lanes, 64      -- rows at once: two limbs each, 8 accumulators; the second part finds 4 KB in L1
#include <immintrin.h>

#include "kernel.h"

${common}
/* ${rows} rows of the group's 64, n values of k: adds the sums of 128 * high + low, mod 2^32. */
static inline void rows_${rows}(const int8_t *group, const uint8_t *high, const uint8_t *low, int n, uint32_t *sums)
{
    vec h[4] = {{0}}, l[4] = {{0}};
    uint32_t of_high[${rows}], of_low[${rows}];
    for (int k = 0; k < n; k += 4, group += 256) {
        vec limbs_high = four((const int8_t *)high + k), limbs_low = four((const int8_t *)low + k), q;
$ for line = 0, rows // 16 - 1 do
        _mm_prefetch((const char *)group + ${near + 64 * line}, _MM_HINT_T0);
        _mm_prefetch((const char *)group + ${far + 64 * line}, _MM_HINT_T1);
$ end
$ for v = 0, 3 do
        q = load((const uint8_t *)group + ${4 * lanes * v});
        h[${v}] = add_products(h[${v}], limbs_high, q);
        l[${v}] = add_products(l[${v}], limbs_low, q);
$ end
    }
    memcpy(of_high, h, sizeof of_high);
    memcpy(of_low, l, sizeof of_low);
    for (int i = 0; i < ${rows}; i++)
        sums[i] += 128 * of_high[i] + of_low[i];
}

/* 64 rows of ${k} int8 values, ${lanes} rows to a vector, 4 k of each; a limb's sum is at most ${127 * 127 * k_pad}. */
SCREEN(${name})
{
    memset(sums, 0, 64 * sizeof *sums);
$ if rows == 64 then
    rows_64(group, high, low, ${k_pad}, sums);
$ else
    for (int k = 0; k < ${k_pad}; k += ${chunk}) {
        int n = ${k_pad} - k < ${chunk} ? ${k_pad} - k : ${chunk};
        for (int i = 0; i < 64; i += ${rows})
            rows_${rows}(group + 64 * k + 4 * i, high + k, low + k, n, sums + i);
    }
$ end
}
