$ local nv, per = 64 // vec_bytes, vec_bytes // 4
/* ---- stored rows: 16 elements of an embedding, head or cache row as lanes, from element k (a multiple of 16) ---- */
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
    return lanes_mul(lanes_set(widen_one(block)), widen_int8((const int8_t *)block + 2 + k % 32));
}
$   elseif type == "q6_k" then
typedef uint16_t v8 __attribute__((vector_size(16)));

/* 16 bytes shifted right as pairs: the mask of each byte takes away what its neighbour has shifted in. */
static inline v8 bits_of(const uint8_t *p, int shift, int mask)
{
    v8 v;
    memcpy(&v, p, sizeof v);
    return v >> shift & (uint16_t)(mask * 0x101);
}

/* blocks of 256: ql[128], qh[64], i8 scales[16], f16 d; 16 neighbours share a scale */
static inline struct lanes row_q6_k(const uint8_t *row, int k)
{
    const uint8_t *block = row + k / 256 * 210;
    int half = k % 256 / 128, quarter = k % 128 / 32, l = k % 32;
    v8 low = bits_of(block + 64 * half + 32 * (quarter & 1) + l, quarter / 2 * 4, 15);
    v8 q = low | bits_of(block + 128 + 32 * half + l, 2 * quarter, 3) << 4;
    float scale = (float)(int8_t)block[192 + k / 16 % 16];
    struct lanes offset = lanes_sub(widen_int8((const int8_t *)&q), lanes_set(32.0f));
    return lanes_mul(lanes_set(widen_one(block + 208) * scale), offset);
}
$   elseif type == "widen_one" then
/* A scale, which is finite. A product that takes denormals, as in widen_f16, may cost 150 cycles. */
static inline float widen_one(const uint8_t *p)
{
    uint32_t h = p[0] | (uint32_t)p[1] << 8, bits = ((h & 0x7fff) << 13) + (112u << 23);
    float size;
    memcpy(&size, &bits, sizeof size);
    if (!(h & 0x7c00))
        size = (float)(h & 1023) * 0x1p-24f;
    return h & 0x8000 ? -size : size;
}

typedef uint32_t vu __attribute__((vector_size(${vec_bytes})));

/* Each word goes to four lanes, is shifted until their byte is on top, and back. Arrays would go through memory: gcc 12 stores 16
 * bytes at a time and then waits for them (40 cycles). */
static inline struct lanes widen_int8(const int8_t *q)
{
    struct lanes r;
    uint32_t w[4];
    memcpy(w, q, sizeof w);
$     for i = 0, nv - 1 do local words, shifts = {}, {}
$       for j = 0, per - 1 do
$         words[j + 1], shifts[j + 1] = ("w[%d]"):format((i * per + j) // 4), ("1u << %d"):format(24 - j % 4 * 8)
$       end
    vu u${i} = (vu){${join(words, ", ")}} * (vu){${join(shifts, ", ")}};
    r.v${i} = __builtin_convertvector((vi)u${i} >> 24, vf);
$     end
    return r;
}
$   end
$ end
