/* ---- s54 by shuffles ---- */

$ local function list(first)
$   local t = {}
$   for i = 0, 63 do t[i + 1] = fields[first + (i & 15)] end
$   return numbers(t)
$ end
static const uint8_t PLUS[64] = {${list(1)}};
static const uint8_t MINUS[64] = {${list(17)}};

typedef __m512i codes;

/* The codes of part i = 0 .. 7 of a vector: by two tables of 16; the sign chooses. */
static inline codes codes_of(const uint8_t *w, int i)
{
    __m512i slots = (__m512i)load(w + 64 * (i / 2));
    __mmask64 minus = _mm512_movepi8_mask(_mm512_slli_epi16((__m512i)load(w + 256), (unsigned)i));
    slots = _mm512_and_si512(i % 2 == 0 ? slots : _mm512_srli_epi16(slots, 4), _mm512_set1_epi8(15));
    return _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8((__m512i)load(PLUS), slots), minus, (__m512i)load(MINUS), slots);
}
