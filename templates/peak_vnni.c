$ local bits = vec_bytes * 8            -- 256: VEX form (AVX-VNNI), 512: EVEX form (AVX512-VNNI)
$ local dpbusd = bits == 256 and "_mm256_dpbusd_avx_epi32" or "_mm512_dpbusd_epi32"
$ local sums, operand = 12, bits == 256 and "x" or "v"   -- 12 sums: two units with a latency of five
/* vpdpbusd adds to its sum itself. The empty asm keeps every addition in the loop. */
uint64_t model_peak(uint64_t rounds)
{
    const __m${bits}i c = _mm${bits}_set1_epi8(2), x = _mm${bits}_set1_epi8(77);
$ for i = 0, sums - 1 do
    __m${bits}i s${i} = _mm${bits}_set1_epi32(${i});
$ end
    for (uint64_t i = 0; i < rounds; i++) {
$ for i = 0, sums - 1 do
        s${i} = ${dpbusd}(s${i}, c, x);
        KEEP("${operand}", s${i});
$ end
    }
    return rounds * ${sums * vec_bytes};
}

const char model_peak_name[] = "vpdpbusd ${bits == 256 and "ymm" or "zmm"}";
