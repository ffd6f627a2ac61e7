$ local nv, per = 64 // vec_bytes, vec_bytes // 4
/* ---- binary16, to and from lanes: exact, and round to nearest even with overflow to infinity ---- */

typedef uint16_t vh __attribute__((vector_size(${vec_bytes // 2})));

$ if f16 == "generic" then
/* Moving exponent and fraction into place leaves a number 2^112 too small, denormals included; infinities are patched. */
static inline vf widen_f16(const uint8_t *p)
{
    vh half;
    memcpy(&half, p, sizeof half);
    vi h = __builtin_convertvector(half, vi);
    vf f = (vf)((h & 0x7fff) << 13) * 0x1p112f;
    return (vf)((vi)f | ((h & 0x8000) << 16) | (((h & 0x7c00) == 0x7c00) & 0x7f800000));
}

static inline uint16_t narrow_one(float f)
{
    uint32_t bits, sign;
    memcpy(&bits, &f, sizeof bits);
    sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (bits >= 0x47800000)
        return (uint16_t)(sign | 0x7c00);
    if (bits < 0x38800000) { /* below 2^-14: let the adder round to multiples of 2^-24 */
        float magic = 0.5f, shifted;
        memcpy(&shifted, &bits, sizeof shifted);
        shifted += magic;
        memcpy(&bits, &shifted, sizeof bits);
        return (uint16_t)(sign | (bits - 0x3f000000));
    }
    return (uint16_t)(sign | ((bits + 0xfff + (bits >> 13 & 1) - (112u << 23)) >> 13));
}

static inline vh narrow_f16(vf f)
{
    vh h;
    for (int i = 0; i < ${per}; i++)
        h[i] = narrow_one(f[i]);
    return h;
}
$ elseif f16 == "f16c" then local bits, half = 8 * vec_bytes, 4 * vec_bytes
$   local p, m = half == 128 and "_mm" or "_mm256", "_mm" .. bits
static inline vf widen_f16(const uint8_t *p)
{
    return (vf)${m}_cvtph_ps(${p}_loadu_si${half}((const __m${half}i *)(const void *)p));
}

static inline vh narrow_f16(vf f)
{
    return (vh)${m}_cvtps_ph((__m${bits})f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
$ else
static inline vf widen_f16(const uint8_t *p)
{
    return (vf)vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p)));
}

static inline vh narrow_f16(vf f)
{
    return (vh)vcvt_f16_f32((float32x4_t)f);
}
$ end

/* Sixteen values of a row, from element k on. */
static inline struct lanes row_f16(const uint8_t *row, int k)
{
    struct lanes r;
$ for i = 0, nv - 1 do
    r.v${i} = widen_f16(row + 2 * (k + ${i * per}));
$ end
    return r;
}

/* Sixteen values as binary16. */
static inline void lanes_f16(struct lanes a, uint16_t *to)
{
    vh h;
$ for i = 0, nv - 1 do
    h = narrow_f16(a.v${i});
    memcpy(to + ${i * per}, &h, sizeof h);
$ end
}

/* n values, and zeros up to a multiple of 16 */
static inline void store_f16(const float *x, int n, uint16_t *to)
{
    int whole = n / 16 * 16;
    for (int k = 0; k < whole; k += 16)
        lanes_f16(lanes_load(x + k), to + k);
    if (whole < n) {
        float last[16] = {0};
        memcpy(last, x + whole, (size_t)(n - whole) * sizeof *last);
        lanes_f16(lanes_load(last), to + whole);
    }
}
