$ local done_at = 2 * chunk_slices * 64 * tile
/* ---- tiles: 0-3 int32 sums of 2 x 16 tokens x 2 x 16 rows; 4-5 values, 16 tokens x 64 k; 6-7 codes, 64 k x 16 rows ---- */

/* scratch: two units of the panel; sums that are on their way to y, 128 bytes per token; of each, what is in its header */
enum {
    DONE = ${done_at},
    TOKENS = ${done_at + 128 * tile},
};

struct token { /* the beginning of its header */
    float scale;
    int32_t sum;
};

/* palette 1; bytes per row of the eight tiles; their rows */
static const struct {
    uint8_t palette, from, none[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} tiles = {
    .palette = 1,
    .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

/* gcc 12 does not know that tile instructions read and write memory. */
static inline void settle(void)
{
    ORDER_MEMORY();
}

static inline void zero_sums(void)
{
$ for i = 0, 3 do
    _tile_zero(${i});
$ end
}

static inline void store_sums(uint8_t *at, int two)
{
    _tile_stored(0, at, 128);
    _tile_stored(1, at + 64, 128);
    if (two) {
        _tile_stored(2, at + 2048, 128);
        _tile_stored(3, at + 2048 + 64, 128);
    }
}

/* sums += codes * values for 64 k, 32 rows and 16 tokens, or 32. Values come from the second-level cache (hint T1), once. */
static inline void multiply(const uint8_t *panel, const int8_t *x, size_t x_stride, int two)
{
    _tile_loadd(6, panel, ${4 * tile});
    _tile_stream_loadd(4, x, 64);
    _tile_dpbsud(0, 4, 6);
    _tile_loadd(7, panel + 64, ${4 * tile});
    _tile_dpbsud(1, 4, 7);
    if (two) {
        _tile_stream_loadd(5, x + 16 * x_stride, 64);
        _tile_dpbsud(2, 5, 6);
        _tile_dpbsud(3, 5, 7);
    }
}
