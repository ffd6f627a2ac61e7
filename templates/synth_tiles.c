
/* ---- ${weights}: the whole matrix drawn, then walked through in the order of the file ---- */

/* Two pairs of weights in a byte, from four columns. */
static void put_pairs(const uint8_t *c)
{
    put(&(uint8_t){(uint8_t)((3 * c[0] + c[1]) << 4 | (3 * c[2] + c[3]))}, 1);
}
$ if weights == "tl1" then

static void put_planes(const struct tensor *t)
{
    uint64_t rows = t->n / t->k, columns = 256 / t->lanes;
    for (uint64_t r = 0; r < rows; r += t->tile_rows)
        for (uint64_t k = 0; k < t->k; k += t->tile_k)
            for (uint64_t rb = r; rb < r + t->tile_rows; rb += t->lanes)
                for (uint64_t kb = k; kb < k + t->tile_k; kb += columns)
                    for (uint64_t row = rb; row < rb + t->lanes; row += 16)
                        for (uint64_t kq = kb; kq < kb + columns; kq += 4)
                            for (uint64_t lane = 0; lane < 16; lane++)
                                put_pairs(codes + (row + lane) * t->k + kq);
}
$ else

static const uint64_t turn[4] = {0, 16, 8, 24};      /* eight of 32 rows, in this order */

static int triple(const uint8_t *c)
{
    return 9 * c[0] + 3 * c[1] + c[2] - 13;
}

static void put_triples(const struct tensor *t, uint64_t row, uint64_t k)
{
    for (uint64_t e = k; e < k + t->tile_k; e += 6)
        for (uint64_t g = 0; g < 32; g++) {
            const uint8_t *c = codes + (row + turn[g / 8] + g % 8) * t->k + e;
            put(&(uint8_t){(uint8_t)(abs(triple(c)) << 4 | abs(triple(c + 3)))}, 1);
        }
}

static void put_signs(const struct tensor *t, uint64_t row, uint64_t k)
{
    for (uint64_t e = k; e < k + t->tile_k; e += 24)
        for (uint64_t r = row; r < row + 16; r++) {
            unsigned word = 0;
            for (uint64_t i = 0; i < 16; i++)
                word = word << 1 | (triple(codes + (r + i % 2 * 16) * t->k + e + i / 2 * 3) < 0);
            put(&(uint16_t){(uint16_t)word}, 2);
        }
}

static void put_rest(const struct tensor *t, uint64_t row, uint64_t k)
{
    for (uint64_t e = k; e < k + 32; e += 4)
        for (uint64_t g = 0; g < 32; g++)
            put_pairs(codes + (row + turn[g / 8] + g % 8) * t->k + e);
}

/* put_32 for each 32 rows and tile_k columns of [from, to). */
static void walk(const struct tensor *t, uint64_t from, uint64_t to, uint64_t tile_k,
    void (*put_32)(const struct tensor *, uint64_t row, uint64_t k))
{
    for (uint64_t r = 0; r < t->n / t->k; r += t->tile_rows)
        for (uint64_t k = from; k < to; k += tile_k)
            for (uint64_t row = r; row < r + t->tile_rows; row += 32)
                put_32(t, row, k);
}

static void put_planes(const struct tensor *t)
{
    uint64_t width = t->k / t->tile_k * t->tile_k, began = flushed + used;
    walk(t, 0, width, t->tile_k, put_triples);
    walk(t, 0, width, t->tile_k, put_signs);
    walk(t, width, t->k, 32, put_rest);
    while (flushed + used - began < t->bytes - 32)
        put(&(uint8_t){0}, 1);
}
$ end

static void encoded(const struct tensor *t)
{
    draw(t->n);
    put_planes(t);
    ternary_tail(t);
}
