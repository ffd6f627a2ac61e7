/* ---- vectors of 8 int32 ---- */

/* acc32 + 4a + b: sums of codes times x in int16 pairs, and of 4 * code times x */
static inline __m256i fold(__m256i acc32, __m256i a, __m256i b)
{
    acc32 = _mm256_add_epi32(acc32, _mm256_madd_epi16(a, _mm256_set1_epi16(4)));
    return _mm256_add_epi32(acc32, _mm256_madd_epi16(b, _mm256_set1_epi16(1)));
}

static inline __m256i four(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return _mm256_set1_epi32(v);
}

/* sums + codes * x. The empty asm keeps additions where they are: gcc 12 gathers those of a whole block behind its products,
 * which it must spill then (measured: 22 of 82 instructions per step, 19 instead of 25 GB/s of packed weights). */
static inline __m256i add_products(__m256i sums, __m256i codes, __m256i x)
{
    sums = _mm256_add_epi16(sums, _mm256_maddubs_epi16(codes, x));
    KEEP("x", sums);
    return sums;
}
