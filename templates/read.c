
/* ---- the model file ---- */

static int source;

static void read_at(void *to, size_t n, uint64_t offset)
{
    for (uint8_t *p = to; n > 0;) {
        ssize_t got = pread(source, p, n, (off_t)offset);
        if (got <= 0)
            error_die(error_set(E_READ, "the model file: %s", got ? strerror(errno) : "it ends early"));
        p += got, n -= (size_t)got, offset += (uint64_t)got;
    }
}

/* All-ones exponents are infinities and NaNs. */
static void check_f32(const void *bytes, uint64_t count, const char *name)
{
    const uint8_t *p = bytes;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, p + 4 * i, 4);
        if ((bits & 0x7f800000) == 0x7f800000)
            error_die(error_set(E_MODEL_SCALE, "%s: value %llu is not finite", name, (unsigned long long)i));
    }
}

/* An f16 as f32: exponent and fraction moved into place are 2^112 too small; what is not finite becomes infinite. */
static float widen_f16(const uint8_t *p)
{
    uint32_t h = p[0] | (uint32_t)p[1] << 8, size = h & 0x7fff;
    float f = size >= 0x7c00 ? real_from_bitsf(0x7f800000) : real_from_bitsf(size << 13) * 0x1p112f;
    return h & 0x8000 ? -f : f;
}

/* The generator's constants hold for one header and one file size only. */
static void check_identity(void)
{
    static uint8_t piece[1 << 16];
    uint64_t h = HASH_BASIS, size = ${file_size}ull;
    struct stat st;
    if (fstat(source, &st) != 0 || !S_ISREG(st.st_mode))
        error_die(error_set(E_NOT_REGULAR, "the model is not a regular file"));
    if ((uint64_t)st.st_size == size) {
        for (uint64_t at = 0, n; at < ${data_offset}ull; at += n) {
            n = ${data_offset}ull - at < sizeof piece ? ${data_offset}ull - at : sizeof piece;
            read_at(piece, n, at);
            h = hash_fnv1a(h, piece, n);
        }
        h = hash_fnv1a(h, &size, 8);
    }
    if (h != 0x${model_id})
        error_die(error_set(E_MODEL_CHANGED,
            "the file is not the one this program was generated for (${model_id})"));
}

static void open_model(const char *path)
{
    source = open(path, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        error_die(error_set(E_OPEN, "%s: %s", path, strerror(errno)));
    check_identity();
}
