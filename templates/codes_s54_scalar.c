/* ---- s54 by a table, byte for byte ---- */

static const uint8_t CODES[32] = {${numbers(fields)}};

typedef uint8_t codes __attribute__((vector_size(${4 * lanes})));

/* The codes of part i = 0 .. 7 of a vector. */
static inline codes codes_of(const uint8_t *w, int i)
{
    codes c;
    for (int b = 0; b < ${4 * lanes}; b++)
        c[b] = CODES[(w[${4 * lanes} * (i / 2) + b] >> i % 2 * 4 & 15) | (w[${16 * lanes} + b] >> (7 - i) & 1) << 4];
    return c;
}
