
/* ---- matrices: unpacked from the file's format to codes (weight + 1), packed for the kernel, tile by tile ---- */

/* Of TL1 and TL2. */
struct stored_tile {
    int rows, k, lanes;
};

struct matrix {
    const char *name, *format;
    void (*unpack)(const struct matrix *, int row, uint8_t *codes);
    void (*pack)(const uint8_t *codes, const struct matrix *, uint8_t *out);
    uint64_t from, bytes, to, packed_bytes, scale_to;
    int scales;                            /* of the matrix in the image: one, or one for each row */
    uint64_t factor_from;                  /* of an f32 that multiplies them; 0: none */
    uint64_t unit, unit_bytes, scale_at;   /* that share a scale, elements and bytes; where it is */
    int scale_bytes, scale_rows, plus_two; /* f16 or f32; rows whose scales lie together; is code 3 +2 */
    uint64_t groups_to;                    /* f16 scales of groups; 0: none */
    int rows, rows_pad, rows_unit;         /* rows_unit: rows whose units of columns lie side by side */
    int k, units, k_unit, k_pad;           /* units of columns in a row; columns of one, with padding */
    int tile, tile_bytes;
    int lanes, padding; /* the code that fills up; 3: any will do */
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

/* The scale of the whole matrix: units of scale 0 have no part in it, all others have the same. */
static float common_scale(const struct matrix *m)
{
    float common = 0;
    for (uint64_t i = 0, units = (uint64_t)m->rows * (uint64_t)m->k / m->unit; i < units; i++) {
        float scale = scale_of(m, i);
        check_f32(&scale, 1, m->name);
        if (common != 0 && scale != 0 && scale != common)
            error_die(error_set(E_MODEL_CHANGED, "%s: scales %.9g and %.9g; the file that this packer was generated for had one",
                m->name, (double)common, (double)scale));
        common = scale != 0 ? scale : common;
    }
    return common;
}

/* One f32, or one for each row, times the factor beside the matrix. */
static void pack_scales(const struct matrix *m)
{
    float factor = 1, *out = (float *)(void *)chunk;
    if (m->factor_from)
        read_at(&factor, sizeof factor, m->factor_from);
    check_f32(&factor, 1, m->name);
    for (int i = 0; i < m->scales; i++)
        out[i] = scale_of(m, (uint64_t)i) * factor;
    if (m->scales == 1)
        *out = (m->groups_to ? 1.0f : common_scale(m)) * factor;
    check_f32(out, (uint64_t)m->scales, m->name);
    write_at(out, (size_t)m->scales * sizeof *out, m->scale_to);
}

/* The scales of all groups of a unit of rows, row by row in each group. */
static void pack_groups(const struct matrix *m, int row)
{
    static uint8_t out[2 * ROWS_MAX * (K_MAX / 32 + 1)];
    int groups = m->k / (int)m->unit;
    size_t bytes = 2 * (size_t)m->rows_unit * (size_t)groups;
    memset(out, 0, bytes);
    for (int i = 0; i < m->rows_unit && row + i < m->rows; i++)
        for (int g = 0; g < groups; g++) {
            uint64_t unit = (uint64_t)(row + i) * (uint64_t)groups + (uint64_t)g;
            memcpy(out + 2 * (g * m->rows_unit + i), tensor + unit * m->unit_bytes + m->scale_at, 2);
        }
    check_u16(out, bytes / 2, 2, 0x7c00, m->name);
    write_at(out, bytes, m->groups_to + 2 * (uint64_t)row * (uint64_t)groups);
}

/* Codes of a row; weights whose scale is 0 are 0. */
static void unpack_row(const struct matrix *m, int row, uint8_t *codes)
{
    unsigned bad = 0;
    m->unpack(m, row, codes);
    for (int k = 0; k < m->k; k++)
        bad |= codes[k] == 3;
    if (bad && !m->plus_two)
        error_die(error_set(E_MODEL_CODE, "%s: row %d holds a code that %s does not have", m->name, row, m->format));
    for (uint64_t k = 0, first = (uint64_t)row * (uint64_t)m->k, n; k < (uint64_t)m->k; k += n) {
        n = m->unit - (first + k) % m->unit < (uint64_t)m->k - k ? m->unit - (first + k) % m->unit : (uint64_t)m->k - k;
        if (scale_of(m, (first + k) / m->unit) == 0)
            memset(codes + k, m->scales > 1 || m->groups_to ? m->padding : 1, n); /* a scale of its own makes it 0 in any case */
    }
}

/* Unit of rows after unit of rows; in it unit of columns after unit of columns; in that tile after tile. */
static void pack_matrix(const struct matrix *m)
{
    static uint8_t codes[TILE_MAX][K_MAX];
    int tiles = m->rows_unit / m->tile;
    read_at(tensor, m->bytes, m->from);
    pack_scales(m);
    for (int row = 0; row < m->rows_pad; row += m->tile) {
        int block = row / m->rows_unit * m->units, tile = row % m->rows_unit / m->tile;
        memset(codes, m->padding, (size_t)m->tile * K_MAX);
        for (int i = 0; i < m->tile && row + i < m->rows; i++)
            unpack_row(m, row + i, codes[i]);
        for (int unit = 0; unit < m->units; unit++)
            m->pack(codes[0] + unit * m->k_unit, m, packed + (size_t)((block + unit) * tiles + tile) * (size_t)m->tile_bytes);
        if (m->groups_to && tile == 0)
            pack_groups(m, row);
    }
    write_at(packed, m->packed_bytes, m->to);
}
