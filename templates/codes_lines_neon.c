/* ---- packings in lines by a table of two registers: the field's lower four bits and its upper one ---- */

static const uint8_t CODES[32] = {${numbers(fields)}};

typedef uint8x16_t codes;

/* bit 7 - i of each byte, i = 0 .. 7, as bit 4; shifts must be constants */
static inline uint8x16_t signs_of(uint8x16_t signs, int i)
{
    switch (i) {
$ for i = 0, 2 do
    case ${i}: return vshrq_n_u8(signs, ${3 - i});
$ end
    case 3: return signs;
$ for i = 4, 6 do
    case ${i}: return vshlq_n_u8(signs, ${i - 3});
$ end
    default: return vshlq_n_u8(signs, 4);
    }
}

/* The codes of part i = 0 .. 7 of a vector. table: the 32 CODES. */
static inline codes codes_by(uint8x16x2_t table, const uint8_t *w, int i)
{
    uint8x16_t slots = vld1q_u8(w + 16 * (i / 2)), signs = signs_of(vld1q_u8(w + 64), i);
    slots = i % 2 == 0 ? vandq_u8(slots, vdupq_n_u8(15)) : vshrq_n_u8(slots, 4);
    return vqtbl2q_u8(table, vbslq_u8(vdupq_n_u8(0x10), signs, slots));
}

static inline codes codes_of(const uint8_t *w, int i)
{
    return codes_by(vld1q_u8_x2(CODES), w, i);
}
