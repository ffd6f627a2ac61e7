
/* ---- ternary tensors in ${weights}, the same weights in every format that can hold them ---- */

static uint8_t codes[${drawn}];     /* weight + 1: a row, four rows or a matrix */

static void draw(uint64_t n)
{
    for (uint64_t i = 0; i < n; i += 16) {
        uint64_t w = next();
        for (uint64_t j = 0; j < 4; j++)
            for (uint64_t p = 0; p < 4; p++)
                codes[i + 4 * j + p] = plain[(uint16_t)(w >> 16 * j)] >> (6 - 2 * p) & 3;
    }
}

$ if not tiled then
/* The scale of the next row or group, exact in f16 and normal${uneven and ", or 0: a random fraction for every one" or ""}. */
static void put_next_scale(const struct tensor *t)
{
    uint32_t bits;
    memcpy(&bits, &t->scale, sizeof bits);
$   if uneven then
    uint32_t random = (uint32_t)(next() >> 32);
    bits = random >> 26 == 0 ? 0 : (bits & 0xff800000) | (random & 0x3ff) << 13;
$   end
    ${scale_bytes == 2 and "put(&(uint16_t){(uint16_t)(bits == 0 ? 0 : (bits >> 13) - (112u << 10))}, 2)" or "put(&bits, 4)"};
}
$ end
$ if encoder then
${encoder}
static void put_unit(uint64_t from, uint64_t n)
{
    encode_codes(codes + from, n, reserve(code_bytes(n)));
}
$ elseif template == "unpack_stq1_0" or template == "unpack_q1_0" then

$   local bytes = template == "unpack_q1_0" and per // 8 or per // 8 * 5 // 4
/* All bits are legal: slots and signs, or signs. The drawn codes are not used. */
static void put_unit(uint64_t from, uint64_t n)
{
    uint8_t *to = reserve(${bytes});
    for (int i = 0; i < ${bytes}; i++)
        to[i] = (uint8_t)(next() >> 56);
    (void)from, (void)n;
}
$ elseif template == "unpack_iq2_bn_r4" then

static void put_rows(uint64_t k)
{
    for (uint64_t e = 0; e < k; e += 16)
        for (uint64_t r = 0; r < 4; r++)
            for (uint64_t i = 0; i < 4; i++) {
                const uint8_t *c = codes + r * k + e + i;
                put(&(uint8_t){(uint8_t)(c[0] | c[4] << 2 | c[8] << 4 | c[12] << 6)}, 1);
            }
}
$ end
$ if template == "unpack_iq2_bn_r4" then

static void encoded(const struct tensor *t)
{
    for (uint64_t row = 0; row < t->n / t->k; row += 4) {
        draw(4 * t->k);
        for (int i = 0; i < 4; i++)
            put_next_scale(t);
        put_rows(t->k);
    }
}
$ elseif not tiled then

static void encoded(const struct tensor *t)
{
    for (uint64_t row = 0; row < t->n / t->k; row++) {
        uint64_t unit = ${per == "row" and "t->k" or per};
        draw(t->k);
$   if uneven and plus_two then
        for (uint64_t e = 0; e < t->k; e++)
            codes[e] += codes[e] == 2 && next() >> 61 == 0;
$   end
        for (uint64_t e = 0; e < t->k; e += unit) {
$   if scale_at == 0 then
            put_next_scale(t);
$   end
            put_unit(e, unit);
$   if scale_at ~= 0 then
            put_next_scale(t);
$   end
        }
    }
}
$ end
