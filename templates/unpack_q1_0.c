
/* ${name}: ${about}.
 * Behind the group's scale a bit for each weight, lowest first: 1 is +, 0 is -. */
static void unpack_${name}(const struct matrix *m, int row, uint8_t *codes)
{
    uint64_t e = (uint64_t)row * (uint64_t)m->k;
    for (int k = 0; k < m->k; k++, e++)
        codes[k] = tensor[e / ${per} * m->unit_bytes + ${scale_bytes} + e % ${per} / 8] >> e % 8 & 1 ? 2 : 0;
}
