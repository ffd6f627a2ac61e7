$ local quarter = plane // 4
$ local shift = ("%si %% %d / %d * 2%s"):format(high_first and "(6 - " or "", plane, quarter, high_first and ")" or "")

/* ${name}: ${about}.
 * The ${plane} elements of a block lie in ${quarter} bytes: element e in byte e % ${quarter}, the first ${quarter} of them in
 * the ${high_first and "highest" or "lowest"} two bits. */
static void unpack_${name}(const struct matrix *m, int row, uint8_t *codes)
{
    uint64_t first = (uint64_t)row * (uint64_t)m->k, end = first + (uint64_t)m->k;
    while (first < end) { /* what the row has of a unit */
        const uint8_t *bytes = tensor + first / m->unit * m->unit_bytes + ${codes_at};
        uint64_t i = first % m->unit, stop = m->unit - i < end - first ? m->unit : i + end - first;
        for (first += stop - i; i < stop; i++)
            *codes++ = bytes[i / ${plane} * ${quarter} + i % ${quarter}] >> ${shift} & 3;
    }
}
