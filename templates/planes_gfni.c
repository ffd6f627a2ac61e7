/* ---- planes by vgf2p8affineqb: each byte times an 8x8 matrix of bits, of which row 7 - i says what makes bit i ---- */

static inline __m512i bits_of(__m512i v, uint64_t matrix)
{
    return _mm512_gf2p8affine_epi64_epi8(v, _mm512_set1_epi64((long long)matrix), 0);
}

/* Plane p = 0..3: codes, one per byte. Plane p = 0..7 of signs: twice the bit. Plane p moved to plane i, nothing beside it. */
#define CODES_IN(v, p) ((__typeof__(v))bits_of((__m512i)(v), 0x0102000000000000u << 2 * (p)))
#define SIGNS_IN(v, p) ((__typeof__(v))bits_of((__m512i)(v), 0x0001000000000000u << (p)))
#define MOVED_TO(v, p, i) ((__typeof__(v))bits_of((__m512i)(v), 0x0102000000000000u << 2 * (p) >> 16 * (i)))
