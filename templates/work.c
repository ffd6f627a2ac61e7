/* ---- what one thread knows of the step ---- */

struct work {
    const uint8_t *image;
    uint8_t *arena;
    const int32_t *ids;
    int n, pos, row, dense, thread, threads;
    struct team *team;
};

struct range {
    int from, to;
};

/* The thread's contiguous part of `count` items. Sums are never split, so any division gives the same bits. */
static inline struct range share(const struct work *w, int count)
{
    struct range r = {(int)((int64_t)count * w->thread / w->threads), (int)((int64_t)count * (w->thread + 1) / w->threads)};
    return r;
}

static inline struct range share_tokens(const struct work *w)
{
    return share(w, w->n);
}

/* Columns go in units of whole tiles; the last unit may reach into the row's padding. */
static inline struct range share_columns(const struct work *w, int columns)
{
    struct range r = share(w, (columns + COLUMN_UNIT - 1) / COLUMN_UNIT);
    return (struct range){r.from * COLUMN_UNIT, r.to * COLUMN_UNIT};
}

static inline float *f32_row(const struct work *w, size_t offset, size_t stride, int t)
{
    return (float *)(void *)(w->arena + offset) + (size_t)t * stride;
}

/* Where a single token's work is the thread's own, only the shares of a batch must meet. */
static inline void batch_barrier(const struct work *w)
{
    if (w->n > 1)
        team_barrier(w->team);
}

/* The tokens that the thread quantises: of a single one every thread makes its own copy, so that none waits for another. */
static inline struct range copy_tokens(const struct work *w)
{
    return w->n == 1 ? (struct range){0, 1} : share_tokens(w);
}

/* The thread's own memory for kernels. */
static inline uint8_t *scratch_of(const struct work *w, int thread)
{
    return w->arena + SCRATCH + (size_t)thread * SCRATCH_STRIDE;
}

$ if #skips > 0 then
/* Rows or columns that an op has listed, by thread: what was read, for bench and scan. */
static inline void count_listed(const struct work *w, size_t counter, int count)
{
    ((uint64_t *)(void *)(w->arena + COUNTS + (size_t)w->thread * COUNTS_STRIDE))[counter] += (uint64_t)count;
}
$ end

/* int8 values of token t, or the thread's copy; their struct q8_header lies a line before */
static inline int8_t *q8_row(const struct work *w, size_t offset, size_t stride, int t)
{
    return (int8_t *)(w->arena + offset) + q8_offset(q8_line(w->n, TILED), stride, w->n == 1 ? w->thread : t);
}

static inline const struct q8_header *q8_head(const struct work *w, size_t offset, size_t stride, int t)
{
    return (const void *)(q8_row(w, offset, stride, t) - q8_line(w->n, TILED));
}
