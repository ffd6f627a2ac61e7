$ local bits, prefix = 32 * lanes, lanes == 16 and "_mm512" or "_mm256"
$ local dot = lanes == 16 and "dpbusd_epi32" or "dpbusd_avx_epi32"
/* ---- vectors of ${lanes} int32, lane = row ---- */

typedef int32_t vec __attribute__((vector_size(${4 * lanes})));

static inline vec load(const void *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store(void *p, vec v)
{
    memcpy(p, &v, sizeof v);
}

/* four activations, ${lanes} times */
static inline vec four(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return (vec)${prefix}_set1_epi32(v);
}

/* vpdpbusd: to each lane the sum of four products u8 * s8; exact, nothing saturates */
static inline vec add_products(vec sums, vec codes, vec x)
{
    return (vec)${prefix}_${dot}((__m${bits}i)sums, (__m${bits}i)codes, (__m${bits}i)x);
}
