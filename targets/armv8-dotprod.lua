-- armv8-dotprod: 64-bit Arm with the int8 dot product: Cortex-A55, A75, A76 and later (Raspberry Pi 5), Neoverse N1, Apple M1.

return {
  name = "armv8-dotprod",
  parent = "armv8",
  about = "64-bit Arm with dot products",
  rank = 30,

  cflags = { "-march=armv8.2-a+dotprod" },
  compilers = "gcc 8 or clang 6",
  needs = "asimddp asimd atomics",  -- atomics: part of armv8.2-a, which the compiler may use

  peak = "peak_dotprod",

  family = "dotprod",
  common = "dotprod",
  lists = { rows = { template = "rows_dotprod", rate = 25 }, columns = { template = "columns_dotprod", rate = 16 } },
  bandwidth = 2.4,   -- Raspberry Pi 5: 9.7 GB/s for four cores
  packings = {
    t2 = { gemv = "gemv_t2_dotprod", rate = 30, lanes = 4, groups = 4, block_bytes = 175, max_unroll = 96 },
    t53l = { gemv = "gemv_lines_dotprod", codes = "codes_lines_neon", rate = 18,
      lanes = 4, groups = 4, block_bytes = 1600, max_unroll = 8, rest = true },
    b1 = { gemv = "gemv_b1_dotprod", rate = 28, lanes = 4, groups = 4, block_bytes = 350, max_unroll = 32 },
    s54 = { gemv = "gemv_lines_dotprod", codes = "codes_lines_neon", rate = 19.6,
      lanes = 4, groups = 4, block_bytes = 1850, max_unroll = 8 },
  },
  batch = { template = "batch_dotprod", min = 3, tokens = 6, chunk = 512 },
}
