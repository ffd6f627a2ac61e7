
/* ---- norms: f32 in the image, whatever the file has ---- */

struct norm {
    const char *name;
    void (*read)(const uint8_t *block, float *out);
    uint64_t from, to;
    int n, block, block_bytes; /* elements; of what is read at once elements and bytes */
};
$ for _, type in ipairs(norm_types) do

$   if type == "f32" or type == "f16" or type == "bf16" then
static void read_${type}(const uint8_t *block, float *out)
{
    *out = widen_${type}(block);
}
$   elseif type == "q4_0" then
static void read_q4_0(const uint8_t *block, float *out)
{
    for (int i = 0; i < 32; i++)
        out[i] = widen_f16(block) * (float)((block[2 + i % 16] >> i / 16 * 4 & 15) - 8);
}
$   elseif type == "q8_0" then
static void read_q8_0(const uint8_t *block, float *out)
{
    for (int i = 0; i < 32; i++)
        out[i] = widen_f16(block) * (float)(int8_t)block[2 + i];
}
$   elseif type == "q4_k" then
static void read_q4_k(const uint8_t *block, float *out)
{
    const uint8_t *s = block + 4;
    for (int i = 0; i < 256; i++) {
        int j = i / 32, q = block[16 + i / 64 * 32 + i % 32] >> j % 2 * 4 & 15, scale = s[j] & 63, least = s[j + 4] & 63;
        if (j >= 4) {
            scale = (s[j + 4] & 15) | s[j - 4] >> 6 << 4;
            least = s[j + 4] >> 4 | s[j] >> 6 << 4;
        }
        out[i] = widen_f16(block) * (float)scale * (float)q - widen_f16(block + 2) * (float)least;
    }
}
$   elseif type == "q6_k" then
static void read_q6_k(const uint8_t *block, float *out)
{
    for (int i = 0; i < 256; i++) {
        int half = i / 128, part = i % 128 / 32, l = i % 32;
        int q = (block[64 * half + 32 * (part & 1) + l] >> part / 2 * 4 & 15)
            | (block[128 + 32 * half + l] >> 2 * part & 3) << 4;
        out[i] = widen_f16(block + 208) * (float)(int8_t)block[192 + i / 16] * (float)(q - 32);
    }
}
$   end
$ end

static void pack_norm(const struct norm *m)
{
    float *out = (float *)(void *)chunk;
    read_at(tensor, (size_t)(m->n / m->block * m->block_bytes), m->from);
    for (int i = 0; i < m->n / m->block; i++)
        m->read(tensor + i * m->block_bytes, out + i * m->block);
    check_f32(out, (uint64_t)m->n, m->name);
    write_at(out, (size_t)m->n * 4, m->to);
}
