$ local near, far = 4, 12 -- rows from load to prefetch: to the first level, and to the second, as in gemv_t2_vnni.c
$ local most = 4       -- blocks between folds: 4 * 4 products of at most 2 * 8 * 127 = 2032 stay below 2^15
/* Byte b of a row's 64-byte block holds k = 256 * block + 64 * p + b in bits 2p+1..2p. Planes 0 and 2 are masked to codes,
 * planes 1 and 3 to 4 * code, each kind with its int16 sums: |a| <= ${4 * most * 508}, |b| <= ${4 * most * 2032} at a fold. */
static inline int32_t total(__m256i v)
{
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

static inline const uint8_t *listed(const uint8_t *w, const int32_t *list, int i, int count)
{
    return w + (size_t)list[i < count ? i : count - 1] * ${k_pad // 4};
}

/* Four rows at a time share the loads of x, those ${near} and ${far} further on are on their way. The last may repeat a row. */
LIST(${name}_rows)
{
    const __m256i one = _mm256_set1_epi8(3), four_times = _mm256_set1_epi8(12);
    const int32_t sum = q8_sum(x);
    for (int i = 0; i < count; i += 4) {
$ for r = 0, 3 do
        int row${r} = list[i + ${r} < count ? i + ${r} : count - 1];
        const uint8_t *w${r} = w + (size_t)row${r} * ${k_pad // 4};
        const uint8_t *near${r} = listed(w, list, i + ${r + near}, count), *far${r} = listed(w, list, i + ${r + far}, count);
        __m256i acc${r} = _mm256_setzero_si256();
$ end
        for (int block = 0; block < ${steps}; block += ${most}) {
            int stop = block + ${most} < ${steps} ? block + ${most} : ${steps};
$ for r = 0, 3 do
            __m256i a${r} = _mm256_setzero_si256(), b${r} = a${r};
$ end
            for (int at = 64 * block; at < 64 * stop; at += 64) {
$ for half = 0, 32, 32 do
                {
                    const int8_t *v = x + 4 * at + ${half};
$   for p = 0, 3 do
                    __m256i x${p} = _mm256_load_si256((const __m256i *)(const void *)(v + ${64 * p}));
$   end
$   for r = 0, 3 do
                    __m256i u${r} = _mm256_load_si256((const __m256i *)(const void *)(w${r} + at + ${half}));
                    a${r} = add_products(a${r}, _mm256_and_si256(u${r}, one), x0);
                    b${r} = add_products(b${r}, _mm256_and_si256(u${r}, four_times), x1);
                    u${r} = _mm256_srli_epi16(u${r}, 4);
                    a${r} = add_products(a${r}, _mm256_and_si256(u${r}, one), x2);
                    b${r} = add_products(b${r}, _mm256_and_si256(u${r}, four_times), x3);
$   end
                }
$ end
$ for r = 0, 3 do
                __builtin_prefetch(near${r} + at);
                __builtin_prefetch(far${r} + at, 0, 2);
$ end
            }
$ for r = 0, 3 do
            acc${r} = fold(acc${r}, a${r}, b${r});
$ end
        }
$ for r = 0, 3 do
        y[row${r}] = (total(acc${r}) >> 2) - sum;
$ end
    }
}
