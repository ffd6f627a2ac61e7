
$ local per = unit == 0 and "one scale" or unit == 1 and "a scale for each row" or ("a scale for each %d weights"):format(unit)
/* ---- matrices to ${name}: ${per} ---- */

static const struct matrix matrices[] = {
$ for _, m in ipairs(matrices) do
    {${m.text}},
$ end
};

static uint8_t *codes, *packed; /* of a whole matrix; of what shares a scale */

/* The scale of n weights of m from the first on. Those of scale 0 are 0 and have no part in it. */
static float scale_for(const struct matrix *m, uint64_t first, uint64_t n)
{
    float common = 0;
    for (uint64_t unit = first / m->unit; unit * m->unit < first + n; unit++) {
        float scale = scale_of(m, unit);
        check_f32(&scale, 1, m->name);
        if (common != 0 && scale != 0 && scale != common)
            error_die(error_set(E_FORMAT_LOSS, "%s: scales %.9g and %.9g where ${name} has one", m->name, (double)common,
                (double)scale));
        common = scale != 0 ? scale : common;
    }
    return common;
}
$ if scale_bytes == 2 then

/* f16, if it holds the scale exactly */
static void put_scale(const struct matrix *m, float scale)
{
    uint32_t bits;
    uint8_t half[2];
    memcpy(&bits, &scale, sizeof bits);
    float size = scale < 0 ? -scale : scale;
    uint32_t value = size < 0x1p-14f ? (uint32_t)(size * 0x1p24f) : (bits >> 13 & 0x3ffff) - (112u << 10);
    half[0] = (uint8_t)value;
    half[1] = (uint8_t)(value >> 8 | bits >> 24 & 0x80);
    if (size > 65504 || widen_f16(half) != scale)
        error_die(error_set(E_FORMAT_LOSS, "%s: the scale %.9g is no f16, which ${name} has", m->name, (double)scale));
    put(half, sizeof half);
}
$ end

$ if sparse then
/* No weight may be +2; of each four, 16 apart, one must be 0. Where the scale is 0 weights are 0 in any case. */
$ else
/* No weight may be +2. */
$ end
static void check_codes(const struct matrix *m, uint8_t *c, uint64_t n, float scale)
{
    for (uint64_t i = 0; i < n; i++)
        if (c[i] > 2)
            error_die(error_set(E_FORMAT_LOSS, "%s: a weight of +2, which ${name} does not have", m->name));
$ if sparse then
    for (uint64_t i = 0; i < n; i += i % 16 == 15 ? 49 : 1) {
        int zeros = 0;
        for (uint64_t p = i; p < i + 64; p += 16) {
            if (scale == 0)
                c[p] = p == i ? 1 : 2;
            zeros += c[p] == 1;
        }
        if (zeros != 1)
            error_die(error_set(E_FORMAT_LOSS, "%s: of four weights, 16 apart, %d are zero; ${name} has one", m->name, zeros));
    }
$ else
    (void)scale;
$ end
}

static void put_unit(const struct matrix *m, uint64_t first, uint64_t n)
{
    float scale = scale_for(m, first, n);
    check_codes(m, codes + first, n, scale);
$ if scale_at == 0 then
    ${scale_bytes == 2 and "put_scale(m, scale)" or "put(&scale, sizeof scale)"};
$ end
    encode_codes(codes + first, n, packed);
    for (uint64_t at = 0, bytes = code_bytes(n), piece; at < bytes; at += piece) {
        piece = bytes - at < sizeof buffer ? bytes - at : sizeof buffer;
        put(packed + at, piece);
    }
$ if scale_at == -32 then
    put(&scale, sizeof scale);
    put_zeros(28);
$ elseif scale_at ~= 0 then
    put_scale(m, scale);
$ end
}

static void put_matrix(const struct matrix *m)
{
    uint64_t n = (uint64_t)m->rows * (uint64_t)m->k, unit = ${unit == 0 and "n" or unit == 1 and "(uint64_t)m->k" or unit};
    read_at(tensor, m->bytes, m->from);
    for (int row = 0; row < m->rows; row++)
        unpack_row(m, row, codes + (uint64_t)row * (uint64_t)m->k, 1);
    for (uint64_t first = 0; first < n; first += unit)
        put_unit(m, first, unit);
}

/* ---- the file ---- */

/* What is copied, and the matrices between: number `matrix`, where that is not -1. */
static const struct { int matrix; uint64_t from, bytes; } tensors[] = {
$ for _, t in ipairs(tensors) do
    {${t.matrix}, ${t.from}, ${t.bytes}},
$ end
};

static void copy(uint64_t from, uint64_t bytes)
{
    static uint8_t piece[1 << 20];
    for (uint64_t at = 0, n; at < bytes; at += n) {
        n = bytes - at < sizeof piece ? bytes - at : sizeof piece;
        read_at(piece, n, from + at);
        put(piece, n);
    }
}

/* requantize MODEL.gguf HEADER OUTPUT */
int main(int argc, char **argv)
{
    if (argc != 4)
        error_die(error_set(E_USAGE, "requantize MODEL.gguf HEADER OUTPUT"));
    tensor = malloc(${source_max});
    codes = malloc(${codes_max});
    packed = malloc(${codes_max});
    if (!tensor || !codes || !packed)
        error_die(error_set(E_MEM, "${source_max} and 2 * ${codes_max} bytes for one tensor"));
    open_model(argv[1]);
    bar = progress_start("writing", ${total}ull, "MB", 1e6);
    begin_output(argv[3], argv[2]);
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        if (tensors[i].matrix < 0)
            copy(tensors[i].from, tensors[i].bytes);
        else
            put_matrix(matrices + tensors[i].matrix);
        pad_to_32();
    }
    end_output(${total}ull);
    return 0;
}
