$ local sums = 12                       -- two units with a latency of five
/* smlal adds eight products to its sums itself. The empty asm keeps every addition in the loop. */
uint64_t model_peak(uint64_t rounds)
{
    const int8x8_t c = vdup_n_s8(2), x = vdup_n_s8(77);
$ for i = 0, sums - 1 do
    int16x8_t s${i} = vdupq_n_s16(${i});
$ end
    for (uint64_t i = 0; i < rounds; i++) {
$ for i = 0, sums - 1 do
        s${i} = vmlal_s8(s${i}, c, x);
        KEEP("w", s${i});
$ end
    }
    return rounds * ${sums * 8};
}

const char model_peak_name[] = "smlal";
