$ local float_type = ({ f32 = "float", f16 = "uint16_t", bf16 = "uint16_t" })[type]

/* ---- rows of the embedding and the head: ${type}${direction and ", columns 0 and 1 of 32 constant" or ""} ---- */

#define DEVIATION (${deviation} * 0x1p-24f) /* of the values; their mean is 0 */
$ if type == "bf16" then

/* to nearest even */
static uint16_t encode(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
$ elseif type == "f32" then

static float encode(float v)
{
    return v;
}
$ else

/* f16 to nearest even, |v| < 65504; below 2^-14 in units of 2^-24 */
static uint16_t encode(float v)
{
    uint32_t bits, sign;
    memcpy(&bits, &v, sizeof bits);
    sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits < 0x38800000)
        return (uint16_t)(sign | (uint32_t)((v < 0 ? -v : v) * 0x1p24f + 0.5f));
    return (uint16_t)(sign | (bits + 0xfff + (bits >> 13 & 1) - (112u << 23)) >> 13);
}
$ end
$ if float_type then

static void rows(const struct tensor *t)
{
    static ${float_type} samples[1 << 16];
    for (size_t i = 0; i < 1 << 16; i++)
        samples[i] = encode(DEVIATION * gauss(next()));
    for (uint64_t i = 0; i < t->n; i += 4) {
        ${float_type} four[4];
        uint64_t w = next();
        for (int j = 0; j < 4; j++)
            four[j] = samples[(uint16_t)(w >> 16 * j)];
$   if direction then
        if (i % 32 == 0)
            four[0] = four[1] = encode(1.7f * DEVIATION);
$   end
        put(four, sizeof four);
    }
}
$ else

static void put_random(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        uint64_t w = next();
        memcpy(bytes + i, &w, n - i < 8 ? n - i : 8);
    }
}

/* A block's scale: base times 0.75 to 1.25. */
static void put_scale(uint8_t *place, float base)
{
    uint16_t d = encode(base * (0.75f + (float)(next() >> 48) / 131072));
    memcpy(place, &d, sizeof d);
}
$   if type == "q8_0" then

/* f16 d, i8 q[32]: uniform in -127 .. 127, deviation 73.6 */
static void rows(const struct tensor *t)
{
    for (uint64_t b = 0; b < t->n / 32; b++) {
        uint8_t *block = reserve(34), *q = block + 2;
        put_scale(block, DEVIATION / 73.6f);
        put_random(q, 32);
        for (int i = 0; i < 32; i++)
            q[i] += q[i] == 0x80;
$     if direction then
        memset(q, 127, 2);
$     end
    }
}
$   elseif row.deviation then

/* ${row_type.block_bytes} random bytes for ${row_type.block} values, all legal but for the f16 numbers among them */
static void rows(const struct tensor *t)
{
    for (uint64_t b = 0; b < t->n / ${row_type.block}; b++) {
        uint8_t *block = reserve(${row_type.block_bytes});
        put_random(block, ${row_type.block_bytes});
        put_scale(block + ${row.d}, DEVIATION / ${row.deviation});
$     if row.zero then
        put_scale(block + ${row.d + 2}, DEVIATION / ${row.deviation} * ${row.zero});
$     end
    }
}
$   else

/* ql[128], qh[64], i8 scales[16], f16 d: uniform in -32 .. 31, deviation 18.5; scales 12 .. 19,
 * every other one negative */
static void rows(const struct tensor *t)
{
    for (uint64_t b = 0; b < t->n / 256; b++) {
        uint8_t *block = reserve(210), *scales = block + 192;
        put_random(block, 208);
        for (int i = 0; i < 16; i++) {
            int scale = 12 + scales[i] % 8;
            scales[i] = (uint8_t)(i % 2 ? -scale : scale);
        }
        put_scale(block + 208, DEVIATION / (18.5f * 15.7f));
$     if direction then
        for (int i = 0; i < 192; i += 32)
            memset(block + i, 0xff, 2);
$     end
    }
}
$   end
$ end
