$ local tile = lanes * groups
$ local fold = 8       -- steps between folds: 2 * 8 products of at most 8 * 127 * 2 = 2032 stay below 2^15
${banner}
#include <immintrin.h>

#include "kernel.h"

/* One packed vector is 8 rows x 16 k: lane = row, byte j of the lane = k 4p + j in plane p (bits 2p+1..2p).
 * Planes 0 and 2 are masked to codes (x1), planes 1 and 3 to 4 * code (x4): no shift but one. Both kinds have their own
 * int16 accumulator, |a| <= ${2 * fold * 508}, |b| <= ${2 * fold * 2032} at a fold; acc32 collects 4a + b,
 * |acc32| <= ${4 * bound}. */
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
    __asm__ volatile("" : "+x"(sums));
    return sums;
}

static inline void put(int32_t *y, __m256i acc32, int32_t sum)
{
    _mm256_storeu_si256((__m256i *)(void *)y, _mm256_sub_epi32(_mm256_srai_epi32(acc32, 2), _mm256_set1_epi32(sum)));
}
$ -- ng packed vectors (rows) by nt tokens, ${unroll} steps straight-line
$ local function tile_function(ng, nt)

/* ${8 * ng} rows x ${nt} token(s): ${steps} steps of 16 k in blocks of ${unroll}. */
static void tile_${nt}(const uint8_t *w, const int8_t *x, size_t x_stride, int32_t *y, size_t y_stride)
{
    const __m256i one = _mm256_set1_epi8(3), four_times = _mm256_set1_epi8(12);
$   for g = 0, ng - 1 do for t = 0, nt - 1 do
    __m256i acc${g}_${t} = _mm256_setzero_si256(), a${g}_${t} = acc${g}_${t}, b${g}_${t} = acc${g}_${t};
$   end end
$   for t = 0, nt - 1 do
    const int8_t *x${t} = x + ${t} * x_stride;
$   end
    for (int block = 0; block < ${steps // unroll}; block++) {
$   for s = 0, unroll - 1 do
        {
$     for g = 0, ng - 1 do
            __m256i w${g} = _mm256_loadu_si256((const __m256i *)(const void *)(w + ${(s * groups + g) * 32}));
$     end
$     for p = 0, 3 do local acc, mask = p % 2 == 0 and "a" or "b", p % 2 == 0 and "one" or "four_times"
$       if p == 2 then for g = 0, ng - 1 do
            w${g} = _mm256_srli_epi16(w${g}, 4);
$       end end
$       for t = 0, nt - 1 do
            __m256i x${t}_${p} = four(x${t} + ${16 * s + 4 * p});
$         for g = 0, ng - 1 do local v = acc .. g .. "_" .. t
            ${v} = add_products(${v}, _mm256_and_si256(w${g}, ${mask}), x${t}_${p});
$         end
$       end
$     end
        }
$     if (s + 1) % fold == 0 or s == unroll - 1 then
$       for g = 0, ng - 1 do for t = 0, nt - 1 do local v = g .. "_" .. t
        acc${v} = fold(acc${v}, a${v}, b${v});
        a${v} = b${v} = _mm256_setzero_si256();
$       end end
$     end
$   end
        w += ${32 * groups * unroll};
$   for t = 0, nt - 1 do
        x${t} += ${16 * unroll};
$   end
    }
$   for t = 0, nt - 1 do for g = 0, ng - 1 do
    put(y + ${t} * y_stride + ${8 * g}, acc${g}_${t}, q8_sum(x + ${t} * x_stride));
$   end end
}
$ end
$ tile_function(groups, 1)
$ tile_function(1, tokens)

GEMM(${name})
{
    for (int i = from; i < to; i += ${tile}) {
        const uint8_t *rows = w + (size_t)i * ${row_bytes};
        int t = 0;
        for (; t + ${tokens} <= n; t += ${tokens})
            for (int g = 0; g < ${groups}; g++)
                tile_${tokens}(rows + 32 * g, x + (size_t)t * x_stride, x_stride, y + (size_t)t * y_stride + i + 8 * g, y_stride);
        for (; t < n; t++)
            tile_1(rows, x + (size_t)t * x_stride, x_stride, y + (size_t)t * y_stride + i, y_stride);
    }
}
