-- x86-avx512vbmi: AVX-512 with VNNI and byte permutes: Intel since Ice Lake (2019), AMD since Zen 4.

return {
  name = "x86-avx512vbmi",
  parent = "x86-avx512",
  about = "x86-64 with AVX-512, VNNI and VBMI",
  rank = 50,

  cflags = { "-mavx2", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni", "-mavx512vbmi" },
  needs = "avx2 f16c avx512f avx512bw avx512vl avx512vnni avx512vbmi",

  packings = {
    t2 = { gemv = "gemv_t2_vnni", rate = 205, lanes = 16, groups = 4, block_bytes = 306, max_unroll = 16 },
    -- blocks of 48 steps decode 2B-4T in 22.5 ms, of 16 in 23.3, of 8 in 27.0: 2560 is 214 steps, so a divisor is not enough
    t53 = { gemv = "gemv_t53_vbmi", rate = 135, lanes = 16, groups = 4, block_bytes = 470, max_unroll = 48, rest = true },
    b1 = { gemv = "gemv_b1_vnni", rate = 205, lanes = 16, groups = 4, block_bytes = 570, max_unroll = 16, rest = true },
    s54 = { gemv = "gemv_s54_vnni", codes = "codes_s54_vbmi", rate = 138, lanes = 16, groups = 4, block_bytes = 3300,
      max_unroll = 4, rest = true },
  },
}
