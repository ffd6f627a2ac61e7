/* ---- activations in units of columns, each with its own header: line of 64 bytes, values, zeros to a multiple of 64 ---- */

/* int8 values of token t, or the thread's copy: of its first unit */
static inline int8_t *q8_units(const struct work *w, size_t offset, size_t stride, int t)
{
    return (int8_t *)(w->arena + offset) + sizeof(struct q8_header) + (size_t)(w->n == 1 ? w->thread : t) * stride;
}

/* What the unit's sums are scaled by. */
static inline float q8_kept(const int8_t *q)
{
    float kept;
    memcpy(&kept, q - sizeof(struct q8_header) + offsetof(struct q8_header, scale), sizeof kept);
    return kept;
}

/* One unit of n values, rounded as in quantise; `kept` is what a product is scaled by. */
static inline void quantise_unit(const float *x, int n, int slot, float s, float kept, int8_t *q)
{
    struct q8_header *header = q8_header(q);
    struct lanes factor = lanes_set(s), magic = lanes_set(12582912.0f);
    vi sums = {0};
    for (int k = 0; k < n; k += 16)
        lanes_int8(lanes_add(lanes_mul(lanes_load(x + k), factor), magic), q + k, &sums);
    memset(q + n, 0, (size_t)(slot - (int)sizeof *header - n));
    header->scale = kept;
    header->sum = 0;
    for (int i = 0; i < ${vec_bytes // 4}; i++)
        header->sum += sums[i];
}

$ if activations == "group32" then
/* Every unit of 32 has its own scale, and keeps its inverse. n: with padding, a multiple of 16 */
static inline void quantise_units(const float *x, int n, int unit, int slot, int8_t *q)
{
    for (int k = 0; k < n; k += unit, q += slot) {
        int count = n - k < unit ? n - k : unit;
        float s = q8_scale(x + k, count);
        quantise_unit(x + k, count, slot, s, 1.0f / s, q);
    }
}
$ else
/* All units have the token's scale. n: with padding, a multiple of 16 */
static inline void quantise_units(const float *x, int n, int unit, int slot, int8_t *q)
{
    float s = q8_scale(x, n);
    for (int k = 0; k < n; k += unit, q += slot)
        quantise_unit(x + k, n - k < unit ? n - k : unit, slot, s, s, q);
}
$ end
