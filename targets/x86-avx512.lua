-- x86-avx512: AVX-512 with VNNI: Intel servers since Cascade Lake (2019), Ice Lake and Tiger Lake laptops, AMD since Zen 4.

return {
  name = "x86-avx512",
  parent = "x86-64-v3",
  about = "x86-64 with AVX-512 and VNNI",
  rank = 40,

  cflags = { "-mavx2", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni" },
  needs = "avx2 f16c avx512f avx512bw avx512vl avx512vnni",

  vec_bytes = 64,
  peak = "peak_vnni",

  family = "avx512",
  common = "vnni",
  lists = { rows = { template = "rows_vnni", rate = 150 }, columns = { template = "columns_vnni", rate = 109 } },
  packings = {
    t2 = { gemv = "gemv_t2_vnni", rate = 205, lanes = 16, groups = 4, block_bytes = 306, max_unroll = 16 },
    b1 = { gemv = "gemv_b1_vnni", rate = 202, lanes = 16, groups = 4, block_bytes = 570, max_unroll = 16, rest = true },
    s54 = { gemv = "gemv_s54_vnni", codes = "codes_s54_avx512", rate = 115, lanes = 16, groups = 4, block_bytes = 3450,
      max_unroll = 4, rest = true },
  },
  -- 516 k are 43 steps of t53: K = 2560 is 5 times that, but 5 times 42 and a chunk of 4 steps more
  batch = { template = "batch_vnni", min = 4, vectors = 4, tokens = 6, chunk = 516, fetch = 24 },
  screen = { template = "screen_vnni", common = "vnni", lanes = 16 },
}
