
/* ---- what the plan asks: are all scales that are not 0 the same, is one 0, does the code 3 occur ---- */

/* In two bits for each weight behind the scale, as the formats that have it are stored: ten times as fast as to unpack them. */
static int holds_three(const struct matrix *m)
{
    for (const uint8_t *p = tensor, *end = p + m->bytes; p < end; p += m->unit_bytes) {
        unsigned three = 0;
        for (uint64_t i = (uint64_t)m->scale_bytes; i < m->unit_bytes; i++)
            three |= p[i] & p[i] >> 1 & 0x55u;
        if (three)
            return 1;
    }
    return 0;
}

static void answer(const struct matrix *m)
{
    float common = 0;
    int same = 1, zero = 0;
    for (uint64_t i = 0, units = (uint64_t)m->rows * (uint64_t)m->k / m->unit; i < units && same; i++) {
        float scale = scale_of(m, i);
        same = scale == 0 || common == 0 || scale == common;
        zero |= scale == 0;
        common = scale != 0 ? scale : common;
    }
    printf("%d %d %d\n", same, zero, m->plus_two && holds_three(m));
}
