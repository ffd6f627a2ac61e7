
/* ---- --embd: rows of plain floats stored as blocks with scales, a declared loss (docs/NUMERICS.md 2.9) ---- */

/* binary32 to binary16, round to nearest even; x finite, and below 2^-14 rounded by an addition. name: of the tensor. */
static unsigned narrow_f16(float x, const char *name)
{
    uint32_t bits = real_bitsf(x), sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits >= 0x477ff000)
        error_die(error_set(E_MODEL_SCALE, "%s: a value is too large for the scales of ${embd}", name));
    if (bits < 0x38800000)
        return sign | (real_bitsf(real_from_bitsf(bits) + 0.5f) - 0x3f000000);
    return sign | ((bits + 0xfff + (bits >> 13 & 1) - (112u << 23)) >> 13);
}

static float store_scale(float x, uint8_t *to, const char *name)
{
    unsigned h = narrow_f16(x, name);
    to[0] = (uint8_t)h;
    to[1] = (uint8_t)(h >> 8);
    return widen_f16(to);
}

/* round-half-even(x / s) in least..most; 0 for s = 0. The quotient is far below 2^22. */
static int steps(float x, float s, int least, int most)
{
    int q = s != 0 ? (int)(x / s + REAL_ROUNDF - REAL_ROUNDF) : 0;
    return q < least ? least : (q > most ? most : q);
}

/* The first of the n largest in size. */
static float peak(const float *x, int n)
{
    float most = x[0];
    for (int i = 1; i < n; i++)
        if ((x[i] < 0 ? -x[i] : x[i]) > (most < 0 ? -most : most))
            most = x[i];
    return most;
}
$ if embd == "q8_0" then

static void quantise_block(const float *x, uint8_t *block, const char *name)
{
    float most = peak(x, 32), d = store_scale((most < 0 ? -most : most) / 127, block, name);
    for (int i = 0; i < 32; i++)
        block[2 + i] = (uint8_t)steps(x[i], d, -127, 127);
}
$ else

/* ql[128], qh[64], i8 scales[16], f16 d; element 128 half + 32 part + l has its low bits in a nibble of ql[64 half + l + 32 (part
 * mod 2)], the upper for part >= 2, and its high bits in pair `part` of qh[32 half + l] */
static void quantise_block(const float *x, uint8_t *block, const char *name)
{
    float scale[16], most, d;
    for (int i = 0; i < 16; i++)
        scale[i] = peak(x + 16 * i, 16) * -0.03125f;
    most = peak(scale, 16);
    d = store_scale((most < 0 ? -most : most) / 127, block + 208, name);
    memset(block, 0, 192);
    for (int e = 0; e < 256; e++) {
        int c = steps(scale[e / 16], d, -127, 127), q = steps(x[e], d * (float)c, -32, 31) + 32;
        int half = e / 128, part = e % 128 / 32, l = e % 32;
        block[192 + e / 16] = (uint8_t)c;
        block[64 * half + 32 * (part & 1) + l] |= (uint8_t)((q & 15) << (part < 2 ? 0 : 4));
        block[128 + 32 * half + l] |= (uint8_t)(q >> 4 << 2 * part);
    }
}
$ end

static void pack_quantised(const struct rows *r, struct progress *bar)
{
    int at_once = CHUNK / r->from_bytes > 0 ? CHUNK / r->from_bytes : 1, blocks = r->to_bytes / ${block_bytes};
    for (int row = 0; row < r->rows; row += at_once) {
        int n = r->rows - row < at_once ? r->rows - row : at_once;
        read_rows(r, row, n);
        for (int b = 0; b < n * blocks; b++) {
            float x[${block}];
            for (int i = 0; i < ${block}; i++)
                x[i] = r->widen(tensor + ((size_t)b * ${block} + (size_t)i) * (size_t)(r->from_bytes / r->blocks));
            quantise_block(x, chunk + (size_t)b * ${block_bytes}, r->name);
        }
        write_at(chunk, (size_t)n * (size_t)r->to_bytes, r->to + (uint64_t)row * (uint64_t)r->to_bytes);
        progress_show(bar, r->to + (uint64_t)row * (uint64_t)r->to_bytes);
    }
}
