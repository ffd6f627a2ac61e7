$ local near, far = 512, 4096 -- bytes to prefetch as in gemv_t2_vnni.c; 2B-4T, one thread: 42.9 ms; near alone 49.7, none 59.4
$ local pair = 2 * 127 * code_max           -- two products of codes
$ local fold = 32767 // (2 * 4 * pair)      -- steps between folds: twice as many sums of 4 * pair stay below 2^15
/* One packed vector is 8 rows x 16 k: lane = row, byte j of the lane = k 4p + j in plane p (bits 2p+1..2p).
 * Planes 0 and 2 are masked to codes (x1), planes 1 and 3 to 4 * code (x4): no shift but one. Both kinds have their own
 * int16 accumulator, |a| <= ${2 * fold * pair}, |b| <= ${2 * fold * 4 * pair} at a fold; acc32 collects 4a + b,
 * |acc32| <= ${4 * bound}. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    const __m256i one = _mm256_set1_epi8(3), four_times = _mm256_set1_epi8(12), sum = _mm256_set1_epi32(q8_sum(x));
$ for g = 0, groups - 1 do
    __m256i acc${g} = _mm256_setzero_si256(), a${g} = acc${g}, b${g} = acc${g};
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do
        {
$   for g = 0, groups - 1 do
            __m256i w${g} = _mm256_loadu_si256((const __m256i *)(const void *)(w + ${(s * groups + g) * 32}));
$   end
$   for line = s * groups * 32, (s + 1) * groups * 32 - 64, 64 do
            __builtin_prefetch(w + ${near + line});
            __builtin_prefetch(w + ${far + line}, 0, 2);
$   end
$   for p = 0, 3 do local acc, mask = p % 2 == 0 and "a" or "b", p % 2 == 0 and "one" or "four_times"
$     if p == 2 then for g = 0, groups - 1 do
            w${g} = _mm256_srli_epi16(w${g}, 4);
$     end end
            __m256i x${p} = four(x + ${16 * s + 4 * p});
$     for g = 0, groups - 1 do
            ${acc}${g} = add_products(${acc}${g}, _mm256_and_si256(w${g}, ${mask}), x${p});
$     end
$   end
        }
$   if (s + 1) % fold == 0 or s == unroll - 1 then
$     for g = 0, groups - 1 do
        acc${g} = fold(acc${g}, a${g}, b${g});
        a${g} = b${g} = _mm256_setzero_si256();
$     end
$   end
$ end
        w += ${32 * groups * unroll};
        x += ${16 * unroll};
    }
$ for g = 0, groups - 1 do
    _mm256_storeu_si256((__m256i *)(void *)(y + ${8 * g}), _mm256_sub_epi32(_mm256_srai_epi32(acc${g}, 2), sum));
$ end
}
