
/* ---- rows ---- */

static inline float widen_f32(const uint8_t *p)
{
    float f;
    memcpy(&f, p, sizeof f);
    return f;
}

static inline float widen_bf16(const uint8_t *p)
{
    return real_from_bitsf((p[0] | (uint32_t)p[1] << 8) << 16);
}

struct rows {
    const char *name, *type;
    uint64_t from, to;
    int rows, from_bytes, to_bytes, blocks;
    int d_offset, scales;            /* where in a block its f16 numbers begin, and how many they are */
    float (*widen)(const uint8_t *); /* --embd: of one element; NULL: the row keeps its format */
};

/* n rows as stored, checked, into `tensor`. */
static void read_rows(const struct rows *r, int row, int n)
{
    uint64_t stored = (uint64_t)n * (uint64_t)r->from_bytes, units = (uint64_t)n * (uint64_t)r->blocks;
    read_at(tensor, stored, r->from + (uint64_t)row * (uint64_t)r->from_bytes);
    if (strcmp(r->type, "f32") == 0)
        check_f32(tensor, units, r->name);
    else
        for (int i = 0; i < r->scales; i++)
            check_u16(tensor + r->d_offset + 2 * i, units, stored / units, strcmp(r->type, "bf16") ? 0x7c00 : 0x7f80, r->name);
}

/* Embedding and head rows keep their format; plain rows are padded with zeros to whole lanes. */
static void pack_rows(const struct rows *r, struct progress *bar)
{
    int at_once = CHUNK / r->to_bytes > 0 ? CHUNK / r->to_bytes : 1;
    for (int row = 0; row < r->rows; row += at_once) {
        int n = r->rows - row < at_once ? r->rows - row : at_once;
        read_rows(r, row, n);
        memset(chunk, 0, (size_t)n * (size_t)r->to_bytes);
        for (int i = 0; i < n; i++)
            memcpy(chunk + (size_t)i * (size_t)r->to_bytes, tensor + (size_t)i * (size_t)r->from_bytes, (size_t)r->from_bytes);
        write_at(chunk, (size_t)n * (size_t)r->to_bytes, r->to + (uint64_t)row * (uint64_t)r->to_bytes);
        progress_show(bar, r->to + (uint64_t)row * (uint64_t)r->to_bytes);
    }
}
