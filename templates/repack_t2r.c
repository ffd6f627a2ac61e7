/* ---- rows as they lie, made a tile of t2 ---- */

$ local row_bytes = k_pad // 4
enum {
    REPACKED_ROWS = ${tile},
    PIECES = ${tile // 16 * (k_pad // 64)},
};

/* 16 bytes of four rows, four rows apart: a row of a 4x4 block in each quarter of the vector. */
static inline __m512i quarters(const uint8_t *from)
{
    __m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)from));
$ for r = 1, 3 do
    v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(const void *)(from + ${4 * r * row_bytes})), ${r});
$ end
    return v;
}

/* 16 rows x 16 bytes, from the tile's beginning on: 64 bytes of a row are four planes of 64 k. Transposed, they are vectors of 16
 * rows x 4 k in each plane, and a plane of each of four makes one vector of 16 k. The same rows of the tile after are fetched. */
static inline void repack_piece(const uint8_t *w, int row, int piece, uint8_t *tile)
{
    int half = piece % ${tile // 16}, column = piece / ${tile // 16}, step = column / 4 * 16 + column % 4;
    const uint8_t *from = w + (size_t)(row + 16 * half) * ${row_bytes} + column * 16;
    uint8_t *to = tile + step * ${4 * tile} + 64 * half;
$ for r = 0, 3 do
    __m512i a${r} = quarters(from + ${r * row_bytes});
    __builtin_prefetch(from + (size_t)(${tile + r} + column % 4 * 4) * ${row_bytes}, 0, 2);
$ end
    __m512i b0 = _mm512_unpacklo_epi32(a0, a1), b1 = _mm512_unpackhi_epi32(a0, a1);
    __m512i b2 = _mm512_unpacklo_epi32(a2, a3), b3 = _mm512_unpackhi_epi32(a2, a3);
    __m512i v0 = _mm512_unpacklo_epi64(b0, b2), v1 = _mm512_unpackhi_epi64(b0, b2);
    __m512i v2 = _mm512_unpacklo_epi64(b1, b3), v3 = _mm512_unpackhi_epi64(b1, b3);
$ for p = 0, 3 do
    if (step + ${4 * p} < ${steps}) {
        __m512i v = MOVED_TO(v0, ${p}, 0) | MOVED_TO(v1, ${p}, 1) | MOVED_TO(v2, ${p}, 2) | MOVED_TO(v3, ${p}, 3);
        store(to + ${4 * p * 4 * tile}, (vec)v);
    }
$ end
}
