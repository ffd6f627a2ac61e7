$ if turned then
/* ---- tiles: 0-3 int32 sums of 2 x 16 rows x 2 x 16 tokens; 4-5 codes, 16 rows x 64 k; 6-7 values, 64 k x 16 tokens ---- */
$ else
/* ---- tiles: 0-3 int32 sums of 2 x 16 tokens x 2 x 16 rows; 4-5 values, 16 tokens x 64 k; 6-7 codes, 64 k x 16 rows ---- */
$ end

$ local panel_bytes = 2 * chunk_slices * 64 * tile
$ local done_at = panel_bytes + moved
$ local holds = repacked and "tiles that are packed again; " or turned and "turned values; " or ""
/* scratch: two units of the panel; ${holds}sums that are on their way to y, 128 bytes per token;
 * of each, what is in its header */
enum {
$ if moved > 0 then
    MOVED = ${panel_bytes},
$ end
    DONE = ${done_at},
    TOKENS = ${done_at + 128 * tile},
};

/* What finishing the sums of 32 tokens takes: ${turned and "blocks of 16 x 16 that are turned, and " or ""}tokens. */
enum { FINISHING = ${turned and "4 + " or ""}32 };

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

static inline int least(int a, int b)
{
    return a < b ? a : b;
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
