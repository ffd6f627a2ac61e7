-- x86-64-v3: AVX2 machines, Intel since Haswell (2013), AMD since Excavator (2015).

return {
  name = "x86-64-v3",
  parent = "scalar",
  about = "x86-64 with AVX2, FMA and F16C",
  arch = "x86_64",
  rank = 20,

  cflags = { "-mavx2", "-mf16c", "-mfma" },  -- fused only where products are exact: build.mk says -ffp-contract=off
  needs = "avx2 f16c fma",

  vec_bytes = 32,
  f16 = "f16c",
  peak = "peak_avx2",

  family = "avx2",
  common = "avx2",
  lists = { rows = { template = "rows_avx2", rate = 94 }, columns = { template = "columns_avx2", rate = 68 } },
  packings = {
    t2 = { gemv = "gemv_t2_avx2", rate = 102, lanes = 8, groups = 4, block_bytes = 385, max_unroll = 64 },
    b1 = { gemv = "gemv_b1_avx2", rate = 99, lanes = 8, groups = 4, block_bytes = 750, max_unroll = 18 },
    s54 = { gemv = "gemv_s54_avx2", codes = "codes_s54_avx2", rate = 66, lanes = 8, groups = 4, block_bytes = 4090,
      max_unroll = 4, rest = true },
  },
  batch = { template = "batch_avx2", min = 3, tokens = 4, chunk = 256, fetch = 4, tables = { min = 24, rows = 1024 } },
  screen = { template = "screen_avx2" },
}
