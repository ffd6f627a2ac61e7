
/* ---- matrices: unpacked from the file's format to codes (weight + 1), packed for the kernel, tile by tile ---- */

/* Of TL1 and TL2. */
struct stored_tile {
    int rows, k, lanes;
};

struct matrix {
    const char *name, *format;
    void (*unpack)(const struct matrix *, int row, uint8_t *codes);
    void (*pack)(const uint8_t *codes, const struct matrix *, uint8_t *out);
    uint64_t from, bytes, to, packed_bytes, scale_to, factor_from; /* of an f32 that multiplies the scale; 0: none */
    uint64_t unit, unit_bytes, scale_at;                           /* that share a scale, elements and bytes; where it is */
    int scale_bytes, scale_rows, plus_two;                         /* f16 or f32; rows whose scales lie together; is code 3 +2 */
    int rows, rows_pad, k, k_pad, tile, tile_bytes;
    struct stored_tile stored;
};
${unpackers}${packers}
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

/* The scale of the whole matrix: units of scale 0 have no part in it, all others must have the same. */
static float common_scale(const struct matrix *m)
{
    float common = 0;
    for (uint64_t i = 0, units = (uint64_t)m->rows * (uint64_t)m->k / m->unit; i < units; i++) {
        float scale = scale_of(m, i);
        check_f32(&scale, 1, m->name);
        if (common != 0 && scale != 0 && scale != common)
            error_die(error_set(E_MODEL_SCALES, "%s: scales %.9g and %.9g; a matrix with more than one is not built", m->name,
                (double)common, (double)scale));
        common = scale != 0 ? scale : common;
    }
    return common;
}

/* Codes of a row; weights whose scale is 0 are 0. */
static void unpack_row(const struct matrix *m, int row, uint8_t *codes)
{
    unsigned bad = 0;
    m->unpack(m, row, codes);
    for (int k = 0; k < m->k; k++)
        bad |= codes[k] == 3;
    if (bad && m->plus_two)
        error_die(error_set(E_MODEL_WEIGHT, "%s: row %d holds the weight +2, which is not built", m->name, row));
    if (bad)
        error_die(error_set(E_MODEL_CODE, "%s: row %d holds a code that %s does not have", m->name, row, m->format));
    for (uint64_t k = 0, first = (uint64_t)row * (uint64_t)m->k, n; k < (uint64_t)m->k; k += n) {
        n = m->unit - (first + k) % m->unit < (uint64_t)m->k - k ? m->unit - (first + k) % m->unit : (uint64_t)m->k - k;
        if (scale_of(m, (first + k) / m->unit) == 0)
            memset(codes + k, 1, n);
    }
}

static void pack_matrix(const struct matrix *m)
{
    static uint8_t codes[TILE_MAX][K_MAX];
    float scale, factor;
    read_at(tensor, m->bytes, m->from);
    scale = common_scale(m);
    for (int row = 0; row < m->rows_pad; row += m->tile) {
        memset(codes, 1, (size_t)m->tile * K_MAX);
        for (int i = 0; i < m->tile && row + i < m->rows; i++)
            unpack_row(m, row + i, codes[i]);
        m->pack(codes[0], m, packed + (size_t)(row / m->tile) * (size_t)m->tile_bytes);
    }
    write_at(packed, m->packed_bytes, m->to);
    if (m->factor_from) {
        read_at(&factor, sizeof factor, m->factor_from);
        scale *= factor;
        check_f32(&scale, 1, m->name);
    }
    write_at(&scale, sizeof scale, m->scale_to);
}
