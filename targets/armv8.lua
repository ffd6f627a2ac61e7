-- armv8: 64-bit Arm without the dot product extension: Cortex-A53, A57, A72, A73 (Raspberry Pi 3 and 4).

return {
  name = "armv8",
  parent = "scalar",
  about = "64-bit Arm, base NEON",
  arch = "aarch64",
  rank = 20,

  cc = "aarch64-linux-gnu-gcc",
  package = "gcc-aarch64-linux-gnu",
  libc = "libc6-dev-arm64-cross",
  triple = "aarch64-linux-gnu",
  run = { "qemu-aarch64", "-L", "/usr/aarch64-linux-gnu" },
  cflags = { "-march=armv8-a" },
  needs = "asimd",

  vec_bytes = 16,
  f16 = "neon",
  peak = "peak_neon",

  family = "neon",
  common = "neon",
  lists = { rows = { template = "rows_neon", rate = 8 }, columns = { template = "columns_neon", rate = 5.5 } },
  bandwidth = 1.2,   -- Raspberry Pi 4: 4.9 GB/s for four cores
  packings = {
    t2 = { gemv = "gemv_t2_neon", rate = 12, lanes = 4, groups = 4, block_bytes = 265, max_unroll = 96 },
    b1 = { gemv = "gemv_b1_neon", rate = 12, lanes = 4, groups = 4, block_bytes = 530, max_unroll = 16 },
    s54 = { gemv = "gemv_s54_neon", codes = "codes_lines_neon", rate = 8.3,
      lanes = 4, groups = 4, block_bytes = 2950, max_unroll = 5 },
  },
  batch = { template = "batch_neon", min = 3, tokens = 3, chunk = 512 },
  screen = { template = "screen_neon" },
}
