$ local sums = 12                       -- two units with a latency of three, and more than enough for four
/* smmla adds thirty-two products to its sums itself. The empty asm keeps every addition in the loop. */
uint64_t model_peak(uint64_t rounds)
{
    const int8x16_t c = vdupq_n_s8(2), x = vdupq_n_s8(77);
$ for i = 0, sums - 1 do
    int32x4_t s${i} = vdupq_n_s32(${i});
$ end
    for (uint64_t i = 0; i < rounds; i++) {
$ for i = 0, sums - 1 do
        s${i} = vmmlaq_s32(s${i}, c, x);
        KEEP("w", s${i});
$ end
    }
    return rounds * ${sums * 32};
}

const char model_peak_name[] = "smmla";
