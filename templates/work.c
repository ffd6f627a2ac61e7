$ -- Parts of 128 tokens are as large as kernels with tables take at once. (256 KB: 8 % more time; 4 MB: 3 %)
$ local part_bytes = (batch and batch.tables and 512 or 256) << 10
/* ---- what one thread knows of the step ---- */

/* The fields of struct step (engine.h), and whose work it is. */
struct work {
    const uint8_t *image;
    uint8_t *arena;
    const int32_t *ids;
    int n, pos, row, dense, thread, threads;
    struct team *team;
    int part, parts; /* of the thread's columns, in a run of ops that share them: the one at work, and how many */
};

struct range {
    int from, to;
};

static inline int least(int a, int b)
{
    return a < b ? a : b;
}

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
    int64_t units = (columns + COLUMN_UNIT - 1) / COLUMN_UNIT, all = (int64_t)w->threads * w->parts;
    int64_t i = (int64_t)w->thread * w->parts + w->part;
    return (struct range){(int)(units * i / all) * COLUMN_UNIT, (int)(units * (i + 1) / all) * COLUMN_UNIT};
}

/* Ops on the same columns run part by part, so that what one of them writes is in the second-level cache when the next reads it:
 * ${part_bytes // 1024} KB of it. */
static inline void first_part(struct work *w, int columns)
{
    w->parts = w->n == 1 ? 1 : 1 + (int)((int64_t)columns / w->threads * w->n * 4 / ${part_bytes});
}

static inline int next_part(struct work *w)
{
    if (++w->part < w->parts)
        return 1;
    w->part = 0;
    w->parts = 1;
    return 0;
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

/* Bytes that are read after what is computed first come to the second level meanwhile. */
static inline void soon(const uint8_t *p, int bytes)
{
    for (int i = 0; i < bytes; i += 64)
        __builtin_prefetch(p + i, 0, 2);
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
