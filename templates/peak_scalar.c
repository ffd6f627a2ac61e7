$ local sums = 8                        -- independent, more than a multiplier's latency
/* Products of plain int. The empty asm gives x an unknown value each round, so that none of them can be left out. */
uint64_t model_peak(uint64_t rounds)
{
    int32_t x = 3;
$ for i = 0, sums - 1 do
    int32_t c${i} = ${i % 3}, s${i} = 0;
    KEEP("r", c${i});
$ end
    for (uint64_t i = 0; i < rounds; i++) {
        KEEP("r", x);
$ for i = 0, sums - 1 do
        s${i} += c${i} * x;
        KEEP("r", s${i});
$ end
    }
    return rounds * ${sums};
}

const char model_peak_name[] = "int multiplication";
