$ local near, far = 512, 4096 -- bytes to prefetch as in gemv_t2_vnni.c
/* Part i of a step of 128 k: byte (row, j) has the codes of k = 64 * (i / 4) + 16 * p + 4 * (i % 4) + j in bits 2p+1..2p.
 * As in t2, planes 0 and 2 are masked to codes (x1), planes 1 and 3 to 4 * code (x4), and fold collects both in acc32. A step
 * adds to each 16 times: |a| <= ${16 * 508}, |b| <= ${16 * 2032} at its end. Two vectors at a time share activations; the empty
 * asm keeps gcc 12 from saving them for the next two. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    const __m256i one = _mm256_set1_epi8(3), four_times = _mm256_set1_epi8(12), sum = _mm256_set1_epi32(q8_sum(x));
$ for g = 0, groups - 1 do
    __m256i acc${g} = _mm256_setzero_si256();
$ end
$ local function write_step(s)
$   for first = 0, groups - 1, 2 do local last = math.min(first + 1, groups - 1)
        {
$     for g = first, last do
            __m256i a${g} = _mm256_setzero_si256(), b${g} = a${g};
$     end
$     for i = 0, 7 do
            {
$       local part = (s * groups + first) * 20 * lanes + (last - first + 1) * i * 20 * lanes // 8
$       for line = part // 64, (part + (last - first + 1) * 20 * lanes // 8) // 64 - 1 do
                __builtin_prefetch(w + ${near + 64 * line});
                __builtin_prefetch(w + ${far + 64 * line}, 0, 2);
$       end
$       for g = first, last do
                __m256i w${g} = codes_of(w + ${s * step_bytes + g * 20 * lanes}, ${i});
$       end
$       for p = 0, 3 do local acc, mask = p % 2 == 0 and "a" or "b", p % 2 == 0 and "one" or "four_times"
$         if p == 2 then for g = first, last do
                w${g} = _mm256_srli_epi16(w${g}, 4);
$         end end
                __m256i x${p} = four(x + ${128 * s + 64 * (i // 4) + 16 * p + 4 * (i % 4)});
$         for g = first, last do
                ${acc}${g} = add_products(${acc}${g}, _mm256_and_si256(w${g}, ${mask}), x${p});
$         end
$       end
            }
$     end
$     for g = first, last do
            acc${g} = fold(acc${g}, a${g}, b${g});
$     end
        }
        ORDER_MEMORY();
$   end
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do write_step(s) end
        w += ${step_bytes * unroll};
        x += ${128 * unroll};
    }
$ for s = 0, steps % unroll - 1 do write_step(s) end
$ for g = 0, groups - 1 do
    _mm256_storeu_si256((__m256i *)(void *)(y + ${8 * g}), _mm256_sub_epi32(_mm256_srai_epi32(acc${g}, 2), sum));
$ end
}
