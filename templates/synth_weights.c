
/* ---- ternary tensors and norms${embedding and " (f16, as in the published models for embeddings)" or ""} ---- */

struct tensor {
    void (*write)(const struct tensor *);
    uint64_t n;  /* elements */
    uint32_t k;  /* elements of a row */
    float scale; /* of the weights; of a norm: of its first two columns in 32 */
$ if tiled then
    uint64_t bytes;
    uint32_t tile_rows, tile_k, lanes;
$ end
};

/* I2_S: 128 weights in 32 bytes, then the f32 scale and 28 bytes. A random 16-bit index draws a
 * byte of four codes. */
static uint8_t plain[1 << 16];

/* share: how many of 1024 codes are -1, 0, +1. The limits between the 81 bytes are the sums of
 * their products, in units of 2^-40. */
static void fill_ternary(uint8_t table[1 << 16], const uint64_t share[3])
{
    uint64_t sum = 0, i = 0;
    for (int c = 0; c < 81; c++) {
        int c0 = c / 27, c1 = c / 9 % 3, c2 = c / 3 % 3, c3 = c % 3;
        sum += share[c0] * share[c1] * share[c2] * share[c3];
        while (i < sum >> 24)
            table[i++] = (uint8_t)(c0 << 6 | c1 << 4 | c2 << 2 | c3);
    }
}

static uint8_t *ternary_block(void)
{
    uint8_t *block = reserve(32);
    for (int i = 0; i < 32; i += 4) {
        uint64_t w = next();
        for (int j = 0; j < 4; j++)
            block[i + j] = plain[(uint16_t)(w >> 16 * j)];
    }
    return block;
}

static void ternary_tail(const struct tensor *t)
{
    uint8_t *tail = reserve(32);
    memset(tail, 0, 32);
    memcpy(tail, &t->scale, sizeof t->scale);
}

static void ternary(const struct tensor *t)
{
    for (uint64_t b = 0; b < t->n / 128; b++)
        ternary_block();
    ternary_tail(t);
}
$ if direction then

/* Byte i of a block holds columns i, i+32, i+64, i+96: the first two bytes meet the constant
 * columns of the input. */
static uint8_t biased[1 << 16];

static void ternary_gate(const struct tensor *t)
{
    for (uint64_t b = 0; b < t->n / 128; b++) {
        uint8_t *block = ternary_block();
        uint64_t w = next();
        block[0] = biased[(uint16_t)w];
        block[1] = biased[(uint16_t)(w >> 16)];
    }
    ternary_tail(t);
}

/* Adds to the residual: rows of zeros keep its constant columns. */
static void ternary_residual(const struct tensor *t)
{
    for (uint64_t b = 0; b < t->n / 128; b++) {
        uint8_t *block = ternary_block();
        if (b / (t->k / 128) % 32 < 2)
            memset(block, 0x55, 32);
    }
    ternary_tail(t);
}
$ end

/* 1 with a deviation of 1/8 */
static float norm_weight(const struct tensor *t, uint64_t i)
{
    float w = 1 + gauss(next()) / 8;
    return ${direction and "i % 32 < 2 ? w * t->scale : w" or "w"};
}

static void norm(const struct tensor *t)
{
    for (uint64_t i = 0; i < t->n; i++) {
        float w = norm_weight(t, i);
        put(&w, sizeof w);
    }
}
$ if embedding then

/* f16: exponent and fraction of a normal number near 1, moved into place */
static void norm_f16(const struct tensor *t)
{
    for (uint64_t i = 0; i < t->n; i++) {
        float w = norm_weight(t, i);
        uint32_t bits;
        memcpy(&bits, &w, sizeof bits);
        put(&(uint16_t){(uint16_t)((bits >> 13) - (112u << 10))}, 2);
    }
}
$ end
