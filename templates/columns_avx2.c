$ local near, far = 8, 16     -- columns from load to prefetch: to the first level, and to the second, as in gemv_t2_vnni.c
/* Byte 16L + 4j + e of a column's 64-byte block holds row 256 * block + 64 * p + 16j + 4L + e in bits 2p+1..2p: interleaved, four
 * columns become vectors of consecutive rows x 4 columns. Planes 1 and 3 are masked to 4 * code, and so are their sums in y
 * until the end. Two products of 4 columns each are at most 4 * 4 * 2 * 127 = 4064 in int16. */
static inline __m256i load(const uint8_t *p)
{
    return _mm256_load_si256((const __m256i *)(const void *)p);
}

static inline void add_to(int32_t *y, __m256i a, __m256i xa, __m256i b, __m256i xb)
{
    __m256i sum = _mm256_add_epi16(_mm256_maddubs_epi16(a, xa), _mm256_maddubs_epi16(b, xb)), *to = (__m256i *)(void *)y;
    _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), _mm256_madd_epi16(sum, _mm256_set1_epi16(1))));
}

static inline const uint8_t *listed(const uint8_t *w, const int32_t *list, int i, int count)
{
    return w + (size_t)list[i < count ? i : count - 1] * ${rows_pad // 4};
}

/* Eight columns at a time, while those ${near} and ${far} further on are on their way; behind the last are columns times 0. */
LIST(${name}_columns)
{
    const __m256i one = _mm256_set1_epi8(3), four_times = _mm256_set1_epi8(12);
    int32_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += x[list[i]];
    for (int i = 0; i < ${rows_pad}; i++)
        y[i] = i & 64 ? -4 * sum : -sum;
    for (int i = 0; i < count; i += 8) {
        const uint8_t *c[8], *near[8], *far[8];
        int8_t v[8];
        for (int j = 0; j < 8; j++) {
            v[j] = i + j < count ? x[list[i + j]] : 0;
            c[j] = listed(w, list, i + j, count);
            near[j] = listed(w, list, i + j + ${near}, count);
            far[j] = listed(w, list, i + j + ${far}, count);
        }
        __m256i xa = four(v), xb = four(v + 4);
        for (int at = 0; at < ${rows_pad // 4}; at += 64) {
$ for half = 0, 32, 32 do
            {
                int32_t *to = y + 4 * at + ${half // 4};
$   for pair = 0, 6, 2 do
                __m256i l${pair} = load(c[${pair}] + at + ${half}), m${pair} = load(c[${pair + 1}] + at + ${half});
                __m256i h${pair} = _mm256_unpackhi_epi8(l${pair}, m${pair});
                l${pair} = _mm256_unpacklo_epi8(l${pair}, m${pair});
$   end
$   for j = 0, 3 do local from, unpack = j < 2 and "l" or "h", j % 2 == 0 and "lo" or "hi"
                {
                    __m256i a = _mm256_unpack${unpack}_epi16(${from}0, ${from}2), a4 = _mm256_srli_epi16(a, 4);
                    __m256i b = _mm256_unpack${unpack}_epi16(${from}4, ${from}6), b4 = _mm256_srli_epi16(b, 4);
$     for p = 0, 3 do local mask, from_bit = p % 2 == 0 and "one" or "four_times", p < 2 and "" or "4"
                    add_to(to + ${64 * p + 16 * j}, _mm256_and_si256(a${from_bit}, ${mask}), xa,
                        _mm256_and_si256(b${from_bit}, ${mask}), xb);
$     end
                }
$   end
            }
$ end
$ for j = 0, 7 do
            __builtin_prefetch(near[${j}] + at);
            __builtin_prefetch(far[${j}] + at, 0, 2);
$ end
        }
    }
    for (int i = 64; i < ${rows_pad}; i += 128)
        for (int j = i; j < i + 64; j++)
            y[j] >>= 2;
}
