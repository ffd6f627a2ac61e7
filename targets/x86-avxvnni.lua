-- x86-avxvnni: AVX2 machines with the int8 dot product in 256 bits: Intel since Alder Lake (2021), AMD since Zen 5.

return {
  name = "x86-avxvnni",
  parent = "x86-64-v3",
  about = "x86-64 with AVX2 and AVX-VNNI",
  rank = 30,

  cflags = { "-mavx2", "-mf16c", "-mfma", "-mavxvnni" },
  needs = "avx2 f16c fma avxvnni",

  peak = "peak_vnni",

  family = "avxvnni",
  common = "vnni",
  lists = { rows = { template = "rows_vnni", rate = 125 }, columns = { template = "columns_vnni", rate = 88 } },
  packings = {
    t2 = { gemv = "gemv_t2_vnni", rate = 160, lanes = 8, groups = 2, block_bytes = 140, max_unroll = 8 },
    b1 = { gemv = "gemv_b1_vnni", rate = 160, lanes = 8, groups = 2, block_bytes = 270, max_unroll = 16, rest = true },
    s54 = { gemv = "gemv_s54_vnni", codes = "codes_s54_avx2", rate = 87, lanes = 8, groups = 2, block_bytes = 2170,
      max_unroll = 7, rest = true },
  },
  batch = { template = "batch_vnni", min = 6, vectors = 2, tokens = 6, chunk = 512, fetch = 6 },
  screen = { template = "screen_vnni", common = "vnni", lanes = 8 },
}
