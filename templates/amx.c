$ local sums_at = (chunk * step_k + 63) // 64 * 64 * tile
$ local done_at = sums_at + 4 * tile * batch.tokens
/* ---- tiles: 0-3 int32 sums of 2 x 16 tokens x 2 x 16 rows; 4-5 values, 16 tokens x 64 k; 6-7 codes, 64 k x 16 rows ---- */

/* scratch: the panel; int32 sums between chunks, and of the tile before, 1 KB per 16 tokens x 16 rows; per token 64 bytes of
 * -sum of x, where the sums begin, for codes are weight + 1 */
enum {
    SUMS = ${sums_at},
    DONE = ${done_at},
    OFFSETS = ${done_at + 4 * tile * batch.tokens},
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
$ for _, f in ipairs {
$       { "load_offsets", "loadd", 0, 1024 }, { "load_sums", "loadd", 1024, 2048 }, { "store_sums", "stored", 1024, 2048 } } do

static inline void ${f[1]}(uint8_t *at, int two)
{
    _tile_${f[2]}(0, at, 64);
    _tile_${f[2]}(1, at + ${f[3]}, 64);
    if (two) {
        _tile_${f[2]}(2, at + ${f[4]}, 64);
        _tile_${f[2]}(3, at + ${f[4] + f[3]}, 64);
    }
}
$ end
