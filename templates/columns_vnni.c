$ local near, far = 8, 16     -- columns from load to prefetch: to the first level, and to the second, as in gemv_t2_vnni.c
$ local prefix = lanes == 16 and "_mm512" or "_mm256"
/* Byte 16L + 4j + e of a column's 64-byte block holds row 256 * block + 64 * p + 16j + 4L + e in bits 2p+1..2p: interleaved, four
 * columns become vectors of consecutive rows x 4 columns. Each plane is masked where it lies, so until the end y holds 4^p
 * times the sums of plane p: at most 64 * ${bound}. */
$ for _, part in ipairs { "lo", "hi" } do for bits = 8, 16, 8 do
static inline vec ${part}${bits}(vec a, vec b)
{
    return (vec)${prefix}_unpack${part}_epi${bits}((__m${32 * lanes}i)a, (__m${32 * lanes}i)b);
}

$ end end
static inline const uint8_t *listed(const uint8_t *w, const int32_t *list, int i, int count)
{
    return w + (size_t)list[i < count ? i : count - 1] * ${rows_pad // 4};
}

/* Eight columns at a time, while those ${near} and ${far} further on are on their way; behind the last are columns times 0. */
LIST(${name}_columns)
{
    int32_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += x[list[i]];
    for (int i = 0; i < ${rows_pad}; i++)
        y[i] = -sum * (1 << i / 64 % 4 * 2);
    for (int i = 0; i < count; i += 8) {
        const uint8_t *c[8], *near[8], *far[8];
        int8_t v[8];
        for (int j = 0; j < 8; j++) {
            v[j] = i + j < count ? x[list[i + j]] : 0;
            c[j] = listed(w, list, i + j, count);
            near[j] = listed(w, list, i + j + ${near}, count);
            far[j] = listed(w, list, i + j + ${far}, count);
        }
        vec xa = four(v), xb = four(v + 4);
        for (int at = 0; at < ${rows_pad // 4}; at += 64) {
$ for half = 0, 63, 4 * lanes do
            {
                int32_t *to = y + 4 * at + ${half // 4};
$   for pair = 0, 6, 2 do
                vec l${pair} = load(c[${pair}] + at + ${half}), m${pair} = load(c[${pair + 1}] + at + ${half});
                vec h${pair} = hi8(l${pair}, m${pair});
                l${pair} = lo8(l${pair}, m${pair});
$   end
$   for j = 0, 3 do local from, unpack = j < 2 and "l" or "h", j % 2 == 0 and "lo" or "hi"
                {
                    vec a = ${unpack}16(${from}0, ${from}2), b = ${unpack}16(${from}4, ${from}6);
$     for p = 0, 3 do local mask, row = ("03 0c 30 c0"):sub(3 * p + 1, 3 * p + 2):rep(4), 64 * p + 16 * j
                    vec sums${p} = add_products(load(to + ${row}), a & 0x${mask}, xa);
                    store(to + ${row}, add_products(sums${p}, b & 0x${mask}, xb));
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
    for (int i = 0; i < ${rows_pad}; i++)
        y[i] >>= i / 64 % 4 * 2;
}
