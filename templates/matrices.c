
/* ---- matrices as the file has them: codes (weight + 1) of a row, and scales ---- */

static uint8_t *tensor; /* one whole matrix as stored */

/* Of TL1 and TL2. */
struct stored_tile {
    int rows, k, lanes;
};

struct matrix {
    const char *name, *lacks; /* lacks: what is said of a code that cannot be here */
    void (*unpack)(const struct matrix *, int row, uint8_t *codes);
    uint64_t from, bytes;
    uint64_t unit, unit_bytes, scale_at;   /* that share a scale, elements and bytes; where it is */
    int scale_bytes, scale_rows, plus_two; /* f16 or f32; rows whose scales lie together; may code 3 be there: +2 */
    int rows, k;
    struct stored_tile stored;
};
${unpackers}
static float scale_of(const struct matrix *m, uint64_t unit)
{
    uint64_t together = (uint64_t)m->scale_rows, size = (uint64_t)m->scale_bytes;
    const uint8_t *p = tensor + unit / together * together * m->unit_bytes + unit % together * size + m->scale_at;
    float scale;
    if (size == 2)
        return widen_f16(p);
    memcpy(&scale, p, sizeof scale);
    return scale;
}

/* Codes of a row. unscaled: the code of weights whose scale is 0: they are 0, whatever the file has. */
static void unpack_row(const struct matrix *m, int row, uint8_t *codes, int unscaled)
{
    unsigned bad = 0;
    m->unpack(m, row, codes);
    for (int k = 0; k < m->k; k++)
        bad |= codes[k] == 3;
    if (bad && !m->plus_two)
        error_die(error_set(E_MODEL_CODE, "%s: row %d holds a code that %s", m->name, row, m->lacks));
    for (uint64_t k = 0, first = (uint64_t)row * (uint64_t)m->k, n; k < (uint64_t)m->k; k += n) {
        n = m->unit - (first + k) % m->unit < (uint64_t)m->k - k ? m->unit - (first + k) % m->unit : (uint64_t)m->k - k;
        if (scale_of(m, (first + k) / m->unit) == 0)
            memset(codes + k, unscaled, n);
    }
}
