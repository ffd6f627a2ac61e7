
/* ---- tensors ---- */

enum dtype { BF16, F16, F32, U8 };
enum scaling { NO_SCALE, DIVIDE, MULTIPLY }; /* by weight_scale */

struct place {
    int shard;
    enum dtype dtype;
    uint64_t offset;
};

struct tensor {
    const char *name;
    void (*write)(const struct tensor *);
    int rows, k;   /* k: elements of a row */
    int halves;    /* rows of a head whose two halves are to be interleaved, or 0 */
    struct place from, scale;
    const uint32_t *constants;
};

static float values[K_MAX];

static _Noreturn void refuse(enum error e, const struct tensor *t, const char *what)
{
    error_die(error_set(e, "%s: %s", t->name, what));
}

/* n floats from element `first` on to `values`; none may be infinite or no number. */
static void load(const struct tensor *t, const struct place *p, uint64_t first, int n)
{
    static uint16_t half[K_MAX];
    unsigned bad = 0;
    if (p->dtype == F32) {
        read_at(p->shard, values, (size_t)n * 4, p->offset + first * 4);
    } else {
        read_at(p->shard, half, (size_t)n * 2, p->offset + first * 2);
        for (int i = 0; i < n; i++) {
            uint32_t h = half[i], rest = (h & 0x7fff) << 13;
            if (p->dtype == BF16)
                values[i] = real_from_bitsf(h << 16);
            else if (rest >= 0x7c00u << 13)
                values[i] = real_from_bitsf(0x7f800000);
            else /* exponent and fraction moved into place are 2^112 too small */
                values[i] = (h & 0x8000 ? -1.0f : 1.0f) * real_from_bitsf(rest) * 0x1p112f;
        }
    }
    for (int i = 0; i < n; i++)
        bad |= (real_bitsf(values[i]) & 0x7f800000) == 0x7f800000;
    if (bad)
        refuse(E_MODEL_SCALE, t, "holds a value that is not finite");
}

static void load_row(const struct tensor *t, int row)
{
    load(t, &t->from, (uint64_t)row * (uint64_t)t->k, t->k);
}

/* ---- norms, embedding and head ---- */

static void f32(const struct tensor *t)
{
    load_row(t, 0);
    put(values, (size_t)t->k * 4);
}

/* To nearest, ties to even; below 2^-14 in units of 2^-24, where adding 1.5 * 2^23 rounds. */
static uint16_t to_f16(const struct tensor *t, float v)
{
    uint32_t bits = real_bitsf(v), sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits >= 0x477ff000)
        refuse(E_MODEL_SCALE, t, "holds a value that f16 cannot hold");
    if (bits < 0x38800000)
        return (uint16_t)(sign | (real_bitsf(real_from_bitsf(bits) * 0x1p24f + REAL_ROUNDF) - real_bitsf(REAL_ROUNDF)));
    return (uint16_t)(sign | (bits + 0xfff + (bits >> 13 & 1) - (112u << 23)) >> 13);
}

static void f16(const struct tensor *t)
{
    static uint16_t half[K_MAX];
    for (int row = 0; row < t->rows; row++) {
        load_row(t, row);
        for (int i = 0; i < t->k; i++)
            half[i] = to_f16(t, values[i]);
        put(half, (size_t)t->k * 2);
    }
}

static void constant(const struct tensor *t)
{
    put(t->constants, (size_t)t->k * 4);
}
