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
