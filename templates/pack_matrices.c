
/* ---- matrices: packed for the kernel, tile by tile ---- */

struct packed {
    struct matrix m;
    void (*pack)(const uint8_t *codes, const struct packed *, uint8_t *out);
    uint64_t to, bytes, scale_to;
    int scales;           /* in the image: one, or one for each row */
    uint64_t factor_from; /* of an f32 that multiplies them; 0: none */
    uint64_t groups_to;   /* f16 scales of groups; 0: none */
    int rows, rows_unit;  /* with padding; rows whose units of columns lie side by side */
    int units, k, k_pad;  /* units of columns in a row; columns of one, with padding */
    int tile, tile_bytes;
    int lanes, padding; /* padding: the code that fills up; 3: any will do */
};
${packers}
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
static void pack_scales(const struct packed *p)
{
    const struct matrix *m = &p->m;
    float factor = 1, *out = (float *)(void *)chunk;
    if (p->factor_from)
        read_at(&factor, sizeof factor, p->factor_from);
    check_f32(&factor, 1, m->name);
    for (int i = 0; i < p->scales; i++)
        out[i] = scale_of(m, (uint64_t)i) * factor;
    if (p->scales == 1)
        *out = (p->groups_to ? 1.0f : common_scale(m)) * factor;
    check_f32(out, (uint64_t)p->scales, m->name);
    write_at(out, (size_t)p->scales * sizeof *out, p->scale_to);
}

/* The scales of all groups of a unit of rows, row by row in each group. */
static void pack_groups(const struct packed *p, int row)
{
    const struct matrix *m = &p->m;
    static uint8_t out[2 * ROWS_MAX * (K_MAX / 32 + 1)];
    int groups = m->k / (int)m->unit;
    size_t bytes = 2 * (size_t)p->rows_unit * (size_t)groups;
    memset(out, 0, bytes);
    for (int i = 0; i < p->rows_unit && row + i < m->rows; i++)
        for (int g = 0; g < groups; g++) {
            uint64_t unit = (uint64_t)(row + i) * (uint64_t)groups + (uint64_t)g;
            memcpy(out + 2 * (g * p->rows_unit + i), tensor + unit * m->unit_bytes + m->scale_at, 2);
        }
    check_u16(out, bytes / 2, 2, 0x7c00, m->name);
    write_at(out, bytes, p->groups_to + 2 * (uint64_t)row * (uint64_t)groups);
}

/* Unit of rows after unit of rows; in it unit of columns after unit of columns; in that tile after tile. Where a scale of their
 * own makes weights 0, their codes can be any that the packing has. */
static void pack_matrix(const struct packed *p)
{
    static uint8_t codes[TILE_MAX][K_MAX];
    const struct matrix *m = &p->m;
    int tiles = p->rows_unit / p->tile, unscaled = p->scales > 1 || p->groups_to ? p->padding : 1;
    read_at(tensor, m->bytes, m->from);
    pack_scales(p);
    for (int row = 0; row < p->rows; row += p->tile) {
        int block = row / p->rows_unit * p->units, tile = row % p->rows_unit / p->tile;
        memset(codes, p->padding, (size_t)p->tile * K_MAX);
        for (int i = 0; i < p->tile && row + i < m->rows; i++)
            unpack_row(m, row + i, codes[i], unscaled);
        for (int unit = 0; unit < p->units; unit++)
            p->pack(codes[0] + unit * p->k, p, packed + (size_t)((block + unit) * tiles + tile) * (size_t)p->tile_bytes);
        if (p->groups_to && tile == 0)
            pack_groups(p, row);
    }
    write_at(packed, p->bytes, p->to);
}
