
/* I2_S, 128 elements in 32 bytes over the flattened tensor: element e lies in byte (e/128)*32 + e%32, bits 7-6 for the first
 * 32 of the 128 down to 1-0 for the last; one f32 scale after the codes. */
static void unpack_i2_s(const struct matrix *m, int row, uint8_t *codes)
{
    uint64_t e = (uint64_t)row * (uint64_t)m->k;
    unsigned bad = 0;
    for (int k = 0; k < m->k; k++, e++) {
        codes[k] = tensor[e / 128 * 32 + e % 32] >> (6 - e % 128 / 32 * 2) & 3;
        bad |= codes[k] == 3;
    }
    if (bad)
        error_die(error_set(E_MODEL_CODE, "%s: row %d holds the code 3, which I2_S does not have", m->name, row));
}

static float scale_i2_s(const struct matrix *m)
{
    float scale;
    memcpy(&scale, tensor + (uint64_t)m->rows * (uint64_t)m->k / 4, sizeof scale);
    return scale;
}
