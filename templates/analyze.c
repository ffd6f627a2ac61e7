
/* ---- counts ---- */

struct count {
    uint64_t codes[4];           /* weights of -1, 0, +1, +2 */
    uint64_t units, unscaled;    /* scales; of these 0 */
    float least, most;           /* of the magnitudes of the others */
    uint64_t fours, sparse;      /* four weights, 16 apart, as s54 groups them; those with one 0 */
};

/* The last fours of a row may reach beyond it: their 0 can lie there. */
static void count_fours(struct count *c, const uint8_t *codes, int k)
{
    for (int i = 0; i < k; i += i % 16 == 15 ? 49 : 1) {
        int zeros = 0, here = 0;
        for (int p = i; p < i + 64 && p < k; p += 16, here++)
            zeros += codes[p] == 1;
        c->fours++;
        c->sparse += zeros == 1 || (zeros == 0 && here < 4);
    }
}

static void count_scales(struct count *c, const struct matrix *m)
{
    c->units = (uint64_t)m->rows * (uint64_t)m->k / m->unit;
    for (uint64_t i = 0; i < c->units; i++) {
        float scale = scale_of(m, i), size = scale < 0 ? -scale : scale;
        check_f32(&scale, 1, m->name);
        c->unscaled += scale == 0;
        if (size != 0 && (c->most == 0 || size < c->least))
            c->least = size;
        if (size > c->most)
            c->most = size;
    }
}

static void answer(const struct matrix *m)
{
    static uint8_t codes[K_MAX];
    struct count c = {0};
    count_scales(&c, m);
    for (int row = 0; row < m->rows; row++) {
        unpack_row(m, row, codes, 1);
        for (int k = 0; k < m->k; k++)
            c.codes[codes[k]]++;
        count_fours(&c, codes, m->k);
    }
    for (int code = 0; code < 4; code++)
        printf("%llu ", (unsigned long long)c.codes[code]);
    printf("%llu %llu %llu %llu %.9g %.9g\n", (unsigned long long)c.units, (unsigned long long)c.unscaled,
        (unsigned long long)c.fours, (unsigned long long)c.sparse, (double)c.least, (double)c.most);
}
