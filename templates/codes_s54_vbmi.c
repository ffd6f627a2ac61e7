/* ---- s54 by byte permutes ---- */

$ local function list(shift)
$   local t = {}
$   for i = 0, 63 do t[i + 1] = fields[1 + (i & 15 | (i >> shift & 1) << 4)] end
$   return numbers(t)
$ end
/* The sign of parts 0, 2, 4, 6 is taken from bit 5 of the index, of the others from bit 4: one shift of the signs serves two
 * parts. What else lies in bits 4 to 7 does not count. */
static const uint8_t BY_BIT_5[64] = {${list(5)}};
static const uint8_t BY_BIT_4[64] = {${list(4)}};

typedef __m512i codes;

/* The codes of part i = 0 .. 7 of a vector. */
static inline codes codes_of(const uint8_t *w, int i)
{
    __m512i slots = (__m512i)load(w + 64 * (i / 2)), signs = (__m512i)load(w + 256);
    if (i % 2 == 1)
        slots = _mm512_srli_epi16(slots, 4);
    if (i < 2)
        signs = _mm512_srli_epi16(signs, 2);
    else if (i > 3)
        signs = _mm512_slli_epi16(signs, i < 6 ? 2 : 4);
    slots = _mm512_ternarylogic_epi32(slots, signs, _mm512_set1_epi8(15), 0xe4); /* of the signs the upper four bits */
    return _mm512_permutexvar_epi8(slots, (__m512i)load(i % 2 == 0 ? BY_BIT_5 : BY_BIT_4));
}
