/* tdpbusd on two tiles of codes, two of activations, four of sums: 16 x 16 sums of 64 products each. The tile configuration that
 * the thread had is put back; the use of AMX was asked for when the program started. */
uint64_t model_peak(uint64_t rounds)
{
    struct {
        uint8_t palette, start_row, zero[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1}, before;
    for (int tile = 0; tile < 8; tile++) {
        config.row_bytes[tile] = 64;
        config.rows[tile] = 16;
    }
    USE_MEMORY(&config, &before); /* the intrinsics name 8 of the 64 bytes only */
    _tile_storeconfig(&before);
    _tile_loadconfig(&config);
$ for tile = 0, 7 do
    _tile_zero(${tile});
$ end
    for (uint64_t i = 0; i < rounds; i++) {
$ for i = 0, 3 do
        _tile_dpbusd(${i}, ${4 + i // 2}, ${6 + i % 2});
$ end
    }
    ORDER_MEMORY();
    _tile_loadconfig(&before);
    return rounds * ${4 * 16 * 16 * 64};
}

const char model_peak_name[] = "tdpbusd";
