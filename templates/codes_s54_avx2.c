/* ---- s54 by a shuffle and a sign ---- */

$ local list = {}
$ for i = 0, 31 do list[i + 1] = fields[1 + (i & 15)] - 85 end
/* four weights of sign 0: the sum of w[p] * 4^p */
static const int8_t WEIGHTS[32] = {${numbers(list)}};

typedef __m256i codes;

static inline __m256i load_256(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

/* The codes of part i = 0 .. 7 of a vector. vpsignb turns all four weights of a byte by the highest bit of another, which must
 * not be 0; adding 1 to each weight makes codes. */
static inline codes codes_of(const uint8_t *w, int i)
{
    const __m256i one = _mm256_set1_epi8(1);
    __m256i slots = load_256(w + 32 * (i / 2)), signs = load_256(w + 128);
    slots = _mm256_and_si256(i % 2 == 0 ? slots : _mm256_srli_epi16(slots, 4), _mm256_set1_epi8(15));
    signs = i < 7 ? _mm256_slli_epi16(_mm256_or_si256(signs, one), i) : _mm256_or_si256(_mm256_slli_epi16(signs, 7), one);
    return _mm256_add_epi8(_mm256_sign_epi8(_mm256_shuffle_epi8(load_256(WEIGHTS), slots), signs), _mm256_set1_epi8(0x55));
}
