
/* ---- ternary matrices, to I2_S: 128 codes (weight + 1) in 32 bytes over the flattened tensor; byte i of a block holds codes
 * i, i + 32, i + 64, i + 96 from its high bits to its low ones. One f32 scale follows, and 28 bytes of zero. ---- */

static uint8_t codes[128 + K_MAX]; /* what is not in a whole block yet, and a row */
static size_t held;

/* Packs what of `codes` fills blocks, after a row of k codes was added. */
static void put_codes(int k)
{
    size_t at = 0;
    held += (size_t)k;
    for (; held - at >= 128; at += 128) {
        uint8_t block[32];
        const uint8_t *c = codes + at;
        for (int i = 0; i < 32; i++)
            block[i] = (uint8_t)(c[i] << 6 | c[i + 32] << 4 | c[i + 64] << 2 | c[i + 96]);
        put(block, sizeof block);
    }
    held -= at;
    memmove(codes, codes + at, held);
}

static void put_scale(float scale)
{
    put(&scale, sizeof scale);
    put_zeros(28);
}

/* Where a row of the result lies in the checkpoint. There, the rows of a head of q or k are two halves, which turn together
 * in RoPE; in a GGUF of this architecture these are neighbours. */
static int source_row(const struct tensor *t, int row)
{
    if (t->halves == 0)
        return row;
    int head = row / t->halves * t->halves, i = row % t->halves;
    return head + i % 2 * (t->halves / 2) + i / 2;
}

static float packed_scale(const struct tensor *t)
{
    load(t, &t->scale, 0, 1);
    float scale = ${scaling} == DIVIDE ? 1.0f / values[0] : values[0];
    if (!(scale > 0 && scale <= 3.4028234e38f))
        refuse(E_MODEL_SCALE, t, "weight_scale is not positive, or its inverse is not finite");
    return scale;
}

/* Row r of four quarters of the rows is in bits 2q + 1 .. 2q of row r of the bytes, q the number of the quarter. */
static void packed(const struct tensor *t)
{
    static uint8_t bytes[K_MAX];
    float scale = packed_scale(t);
    int quarter = t->rows / 4;
    for (int row = 0; row < t->rows; row++) {
        int from = source_row(t, row), shift = from / quarter * 2;
        unsigned bad = 0;
        read_at(t->from.shard, bytes, (size_t)t->k, t->from.offset + (uint64_t)(from % quarter) * (uint64_t)t->k);
        for (int i = 0; i < t->k; i++) {
            uint8_t code = bytes[i] >> shift & 3;
            codes[held + (size_t)i] = code;
            bad |= code == 3;
        }
        if (bad)
            refuse(E_MODEL_CODE, t, "holds the code 3, which no ternary weight has");
        put_codes(t->k);
    }
    put_scale(scale);
}

/* What the values of a master are: their mean magnitude, and whether all of them that are not 0 have one magnitude, in the
 * whole tensor (then it is ternary already) or in each 128 of a row. */
struct survey {
    double mean;
    float magnitude;
    int one_magnitude, one_in_each;
};

static struct survey survey(const struct tensor *t)
{
    struct survey s = {0, 0, 1, 1};
    double sum[8] = {0};
    float here = 0;
    for (int row = 0; row < t->rows; row++) {
        load_row(t, row);
        for (int i = 0; i < t->k; i++) {
            float m = fabsf(values[i]);
            sum[i % 8] += (double)m;
            if (i % 128 == 0)
                here = 0;
            if (m != 0 && here == 0)
                here = m;
            if (m != 0 && s.magnitude == 0)
                s.magnitude = m;
            s.one_in_each &= m == 0 || m == here;
            s.one_magnitude &= m == 0 || m == s.magnitude;
        }
    }
    sum[0] = ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
    s.mean = sum[0] / ((double)t->rows * t->k);
    return s;
}

/* BitNet b1.58: s = 1 / max(mean |w|, 1e-5), q = w * s rounded to even and clamped to -1 .. 1, weight = q / s. A tensor that
 * is ternary already, an unpacked one, keeps its values. */
static void master(const struct tensor *t)
{
    struct survey found = survey(t);
    int ternary = found.one_magnitude && found.magnitude > 0;
$ if unsaid then
    static int warned;
    if (!ternary && !warned++)
        fputs("warning: config.json has no quantization_config: the weights are rounded to ternary, which suits only a model "
              "that was trained for it\n", stderr);
$ end
    if (!found.one_magnitude && found.one_in_each)
        refuse(E_MODEL_TYPE, t, "every 128 weights have a scale of their own, I2_S has one for all");
    float s = 1.0f / (ternary ? found.magnitude : found.mean > 1e-5 ? (float)found.mean : 1e-5f);
    float scale = ternary ? found.magnitude : 1.0f / s;
    for (int row = 0; row < t->rows; row++) {
        load_row(t, source_row(t, row));
        for (int i = 0; i < t->k; i++) {
            float v = values[i] * s;
            codes[held + (size_t)i] = (uint8_t)(1 + (v > 0.5f) - (v < -0.5f));
        }
        put_codes(t->k);
    }
    if (!(scale <= 3.4028234e38f && s <= 3.4028234e38f))
        refuse(E_MODEL_SCALE, t, "its scale is not finite");
    put_scale(scale);
}
