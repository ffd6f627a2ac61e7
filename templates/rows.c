$ local nv = 64 // vec_bytes
$ local per = vec_bytes // 4
/* ---- stored rows: 16 elements of an embedding, head or cache row as lanes, from element k (a multiple of 16) ---- */

$ if f16_widen == "generic" then
typedef uint16_t vh __attribute__((vector_size(${vec_bytes // 2})));

/* Moving exponent and fraction into place leaves a number 2^112 too small, denormals included; infinities are patched. */
static inline vf widen_f16(const uint8_t *p)
{
    vh half;
    memcpy(&half, p, sizeof half);
    vi h = __builtin_convertvector(half, vi);
    vf f = (vf)((h & 0x7fff) << 13) * 0x1p112f;
    return (vf)((vi)f | ((h & 0x8000) << 16) | (((h & 0x7c00) == 0x7c00) & 0x7f800000));
}
$ elseif f16_widen == "f16c" then
static inline vf widen_f16(const uint8_t *p)
{
$   if vec_bytes == 32 then
    return (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
$   else
    return (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
$   end
}
$ else
static inline vf widen_f16(const uint8_t *p)
{
    return (vf)vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p)));
}
$ end

static inline struct lanes row_f16(const uint8_t *row, int k)
{
    struct lanes r;
$ for i = 0, nv - 1 do
    r.v${i} = widen_f16(row + 2 * (k + ${i * per}));
$ end
    return r;
}

/* binary32 to binary16, round to nearest even, overflow to infinity */
static inline uint16_t narrow_f16(float f)
{
    uint32_t bits, sign;
    memcpy(&bits, &f, sizeof bits);
    sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (bits >= 0x47800000)
        return (uint16_t)(sign | 0x7c00);
    if (bits < 0x38800000) {          /* below 2^-14: let the adder round to multiples of 2^-24 */
        float magic = 0.5f, shifted;
        memcpy(&shifted, &bits, sizeof shifted);
        shifted += magic;
        memcpy(&bits, &shifted, sizeof bits);
        return (uint16_t)(sign | (bits - 0x3f000000));
    }
    return (uint16_t)(sign | ((bits + 0xfff + (bits >> 13 & 1) - (112u << 23)) >> 13));
}
$ for _, type in ipairs(row_types) do

$   if type == "f32" then
static inline struct lanes row_f32(const uint8_t *row, int k)
{
    return lanes_load((const float *)(const void *)row + k);
}
$   elseif type == "bf16" then
static inline struct lanes row_bf16(const uint8_t *row, int k)
{
    uint32_t bits[16];
    float f[16];
    for (int i = 0; i < 16; i++)
        bits[i] = (uint32_t)(row[2 * (k + i)] | row[2 * (k + i) + 1] << 8) << 16;
    memcpy(f, bits, sizeof f);
    return lanes_load(f);
}
$   elseif type == "q8_0" then
/* blocks of 32: f16 d, i8 q[32] */
static inline struct lanes row_q8_0(const uint8_t *row, int k)
{
    const uint8_t *block = row + k / 32 * 34;
    float f[16];
    for (int i = 0; i < 16; i++)
        f[i] = (float)(int8_t)block[2 + k % 32 + i];
    return lanes_mul(lanes_set(widen_one(block)), lanes_load(f));
}
$   elseif type == "q6_k" then
/* blocks of 256: ql[128], qh[64], i8 scales[16], f16 d; 16 neighbours share a scale */
static inline struct lanes row_q6_k(const uint8_t *row, int k)
{
    const uint8_t *block = row + k / 256 * 210;
    int half = k % 256 / 128, quarter = k % 128 / 32, l = k % 32;
    const uint8_t *ql = block + 64 * half + 32 * (quarter & 1) + l, *qh = block + 128 + 32 * half + l;
    float f[16], scale = (float)(int8_t)block[192 + k / 16 % 16];
    for (int i = 0; i < 16; i++) {
        int low = quarter < 2 ? ql[i] & 15 : ql[i] >> 4;
        f[i] = (float)((low | (qh[i] >> 2 * quarter & 3) << 4) - 32);
    }
    return lanes_mul(lanes_set(widen_one(block + 208) * scale), lanes_load(f));
}
$   elseif type == "widen_one" then
static inline float widen_one(const uint8_t *p)
{
    uint8_t padded[${vec_bytes // 2}] = {p[0], p[1]};
    return widen_f16(padded)[0];
}
$   end
$ end
