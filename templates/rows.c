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
$   elseif type == "q4_0" then
/* blocks of 32: f16 d, u8 qs[16]: element j in the lower half of byte j, j + 16 in the upper */
static inline struct lanes row_q4_0(const uint8_t *row, int k)
{
    const uint8_t *block = row + k / 32 * 18;
    v8 q = bits_of(block + 2, k % 32 / 4, 15);
    struct lanes offset = lanes_sub(widen_int8((const int8_t *)&q), lanes_set(8.0f));
    return lanes_mul(lanes_set(widen_one(block)), offset);
}
$   elseif type == "q4_k" then
/* blocks of 256: f16 d, f16 dmin, u8 s[12], qs[128]; 32 neighbours j share a scale and a minimum of 6 bits. Those of j < 4 lie
 * in the lower bits of s[j] and s[j + 4]; of j >= 4 four bits lie in s[j + 4], two on top of s[j - 4] and s[j]. */
static inline struct lanes row_q4_k(const uint8_t *row, int k)
{
    const uint8_t *block = row + k / 256 * 144, *s = block + 4;
    int j = k % 256 / 32, scale = s[j] & 63, least = s[j + 4] & 63;
    if (j >= 4) {
        scale = (s[j + 4] & 15) | s[j - 4] >> 6 << 4;
        least = s[j + 4] >> 4 | s[j] >> 6 << 4;
    }
    v8 q = bits_of(block + 16 + j / 2 * 32 + k % 32, j % 2 * 4, 15);
    struct lanes v = lanes_mul(lanes_set(widen_one(block) * (float)scale), widen_int8((const int8_t *)&q));
    return lanes_sub(v, lanes_set(widen_one(block + 2) * (float)least));
}
$   elseif type == "ptq1_0" then
/* blocks of 128: u8 qs[24], qh[2], f16 d: digits of weight + 1, the first one highest. Digit n of byte m is element 16n + m of
 * the first 16 bytes, 80 + 8n + m of the next 8, 120 + 2n + m of the last two. */
static inline struct lanes row_ptq1_0(const uint8_t *row, int k)
{
    static const uint8_t power[5] = {1, 3, 9, 27, 81};
    const uint8_t *block = row + k / 128 * 28;
    int8_t q[16];
    for (int i = 0; i < 16; i++) {
        int e = k % 128 + i, first = e < 80 ? 0 : 80, bytes = e < 80 ? 16 : 8;
        if (e >= 120)
            first = 120, bytes = 2;
        uint8_t x = (uint8_t)(block[first / 5 + (e - first) % bytes] * power[(e - first) / bytes]);
        q[i] = (int8_t)((x * 3 >> 8) - 1);
    }
    return lanes_mul(lanes_set(widen_one(block + 26)), widen_int8(q));
}
$   elseif facts[type] and facts[type].bits then local bits, group = facts[type].bits, facts[type].group
/* blocks of ${group}: f16 d, then ${bits > 1 and "2 bits of weight + 1" or "a bit, 0 for -1,"} for each, lowest first */
static inline struct lanes row_${type}(const uint8_t *row, int k)
{
    const uint8_t *block = row + k / ${group} * ${2 + group * bits // 8};
    uint32_t codes = 0;
    struct lanes r;
    memcpy(&codes, block + 2 + k % ${group} * ${bits} / 8, ${2 * bits});
$     for i = 0, nv - 1 do local shifts = {}
$       for j = 0, per - 1 do shifts[j + 1] = bits * (i * per + j) end
    vi q${i} = (vi)((codes - (vu){0}) >> (vu){${join(shifts, ", ")}} & ${2 ^ bits - 1 | 0});
    r.v${i} = __builtin_convertvector(${bits > 1 and ("q%d - 1"):format(i) or ("2 * q%d - 1"):format(i)}, vf);
$     end
    return lanes_mul(lanes_set(widen_one(block)), r);
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

typedef uint16_t v8 __attribute__((vector_size(16)));

/* 16 bytes shifted right as pairs: the mask of each byte takes away what its neighbour has shifted in. */
static inline v8 bits_of(const uint8_t *p, int shift, int mask)
{
    v8 v;
    memcpy(&v, p, sizeof v);
    return v >> shift & (uint16_t)(mask * 0x101);
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
