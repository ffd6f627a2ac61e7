$ local products = 12                   -- side by side
/* vpmaddubsw alone: what adds its sums up is the kernel's cost, not the machine's limit. The empty asm gives each operand an
 * unknown value each round, so that no product can be left out. */
uint64_t model_peak(uint64_t rounds)
{
    const __m256i x = _mm256_set1_epi8(77);
$ for i = 0, products - 1 do
    __m256i c${i} = _mm256_set1_epi8(${i % 3});
$ end
    for (uint64_t i = 0; i < rounds; i++) {
$ for i = 0, products - 1 do
        KEEP("x", c${i});
        USE("x", _mm256_maddubs_epi16(c${i}, x));
$ end
    }
    return rounds * ${products * 32};
}

const char model_peak_name[] = "vpmaddubsw";
