$ local near, far = 512, 4096 -- bytes to prefetch as in gemv_t2_vnni.c
$ local fold_steps = 16    -- between folds: 4 * 16 products of at most 2 * 2 * 127 = 508 stay below 2^15
/* One packed vector is 8 rows x 32 k: lane = row, byte j of the lane = the signs of k 4p + j in bit p. Even planes are masked to
 * bits, odd ones to 2 * bit, after a shift for each pair. |a| <= ${4 * fold_steps * 254}, |b| <= ${4 * fold_steps * 508} when
 * they are collected: acc32 gets 2a + b, twice the x whose bits are set. A weight is twice its bit, less 1. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    const __m256i low = _mm256_set1_epi8(1), high = _mm256_set1_epi8(2), sum = _mm256_set1_epi32(q8_sum(x));
    const __m256i one = _mm256_set1_epi16(1), two = _mm256_set1_epi16(2);
$ for g = 0, groups - 1 do
    __m256i acc${g} = _mm256_setzero_si256(), a${g} = acc${g}, b${g} = acc${g};
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do
        {
$   for g = 0, groups - 1 do
            __m256i w${g} = _mm256_loadu_si256((const __m256i *)(const void *)(w + ${(s * groups + g) * 32}));
$   end
$   for line = s * step_bytes, (s + 1) * step_bytes - 64, 64 do
            __builtin_prefetch(w + ${near + line});
            __builtin_prefetch(w + ${far + line}, 0, 2);
$   end
$   for p = 0, 7 do local acc, mask = p % 2 == 0 and "a" or "b", p % 2 == 0 and "low" or "high"
$     if p % 2 == 0 and p > 0 then for g = 0, groups - 1 do
            w${g} = _mm256_srli_epi16(w${g}, 2);
$     end end
            __m256i x${p} = four(x + ${32 * s + 4 * p});
$     for g = 0, groups - 1 do
            ${acc}${g} = add_products(${acc}${g}, _mm256_and_si256(w${g}, ${mask}), x${p});
$     end
$   end
        }
$   if (s + 1) % fold_steps == 0 or s == unroll - 1 then
$     for g = 0, groups - 1 do
        acc${g} = _mm256_add_epi32(acc${g}, _mm256_madd_epi16(a${g}, two));
        acc${g} = _mm256_add_epi32(acc${g}, _mm256_madd_epi16(b${g}, one));
        a${g} = b${g} = _mm256_setzero_si256();
$     end
$   end
$ end
        w += ${32 * groups * unroll};
        x += ${32 * unroll};
    }
$ for g = 0, groups - 1 do
    _mm256_storeu_si256((__m256i *)(void *)(y + ${8 * g}), _mm256_sub_epi32(acc${g}, sum));
$ end
}
