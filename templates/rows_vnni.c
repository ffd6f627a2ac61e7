$ local rows = lanes == 16 and 4 or 2      -- the plane sums fill half of the registers
$ local near, far = 4, 12  -- rows from load to prefetch: to the first level, and to the second, as in gemv_t2_vnni.c
/* Byte b of a row's 64-byte block holds k = 256 * block + 64 * p + b in bits 2p+1..2p. Each plane is masked where it lies and has
 * its own sums of 4^p * code * x. */
static inline int32_t total(vec v)
{
$ if lanes == 16 then
    return _mm512_reduce_add_epi32((__m512i)v);
$ else
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128((__m256i)v), _mm256_extracti128_si256((__m256i)v, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
$ end
}

static inline const uint8_t *listed(const uint8_t *w, const int32_t *list, int i, int count)
{
    return w + (size_t)list[i < count ? i : count - 1] * ${k_pad // 4};
}

/* ${rows} rows at a time share loads of x, those ${near} and ${far} further on are on their way. The last may repeat a row. */
LIST(${name}_rows)
{
    const int32_t sum = q8_sum(x);
    for (int i = 0; i < count; i += ${rows}) {
$ for r = 0, rows - 1 do
        int row${r} = list[i + ${r} < count ? i + ${r} : count - 1];
        const uint8_t *w${r} = w + (size_t)row${r} * ${k_pad // 4};
        const uint8_t *near${r} = listed(w, list, i + ${r + near}, count), *far${r} = listed(w, list, i + ${r + far}, count);
        vec a${r} = {0}, b${r} = a${r}, c${r} = a${r}, d${r} = a${r};
$ end
        for (int at = 0; at < ${k_pad // 4}; at += 64) {
$ for half = 0, 63, 4 * lanes do
$   for r = 0, rows - 1 do
            vec w${r}_${half} = load(w${r} + at + ${half});
$   end
$   for p, acc in ipairs { "a", "b", "c", "d" } do local mask = "0x" .. ("03 0c 30 c0"):sub(3 * p - 2, 3 * p - 1):rep(4)
            vec x${p}_${half} = load((const uint8_t *)x + 4 * at + ${64 * (p - 1) + half});
$     for r = 0, rows - 1 do
            ${acc}${r} = add_products(${acc}${r}, w${r}_${half} & ${mask}, x${p}_${half});
$     end
$   end
$ end
$ for r = 0, rows - 1 do
            __builtin_prefetch(near${r} + at);
            __builtin_prefetch(far${r} + at, 0, 2);
$ end
        }
$ for r = 0, rows - 1 do
        y[row${r}] = total(a${r} + (b${r} >> 2) + (c${r} >> 4) + (d${r} >> 6)) - sum;
$ end
    }
}
