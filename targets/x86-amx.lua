-- x86-amx: AMX-INT8: Intel servers since Sapphire Rapids (2023).

return {
  name = "x86-amx",
  parent = "x86-avx512vbmi",
  about = "x86-64 with AVX-512 and AMX-INT8",
  rank = 60,

  cflags = { "-mavx2", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni", "-mavx512vbmi", "-mgfni",
    "-mamx-tile", "-mamx-int8" },
  needs = "avx2 f16c avx512f avx512bw avx512vl avx512vnni avx512vbmi gfni amx-tile amx-int8",

  family = "amx",
  peak = "peak_amx",
  packings = {
    t2 = { gemv = "gemv_t2_vnni", rate = 205, lanes = 16, groups = 2, block_bytes = 170, max_unroll = 32 },
    t53 = { gemv = "gemv_t53_vbmi", rate = 135, lanes = 16, groups = 2, block_bytes = 255, max_unroll = 48, rest = true },
    b1 = { gemv = "gemv_b1_vnni", rate = 208, lanes = 16, groups = 2, block_bytes = 300, max_unroll = 16, rest = true },
    s54 = { gemv = "gemv_s54_vnni", codes = "codes_s54_vbmi", rate = 145, lanes = 16, groups = 2, block_bytes = 1700,
      max_unroll = 9, rest = true },
  },
  unit_batch = { template = "batch_vnni", min = 4, vectors = 2, tokens = 12, chunk = 512 },   -- units do not come in tile order
  batch = { common = { "amx", "beside_amx" }, planes = "planes_gfni", template = "batch_amx", tiled = true, min = 2,
    tokens = 128, chunk = 256 },
}
