-- armv7-neon: 32-bit Arm with NEON: Cortex-A7, A8, A9, A15 (Raspberry Pi 2), and 64-bit CPUs under a 32-bit system.
-- f32 is VFP, one number at a time: 32-bit NEON makes denormal floats zero. So only the kernels, which are integer, get it.

return {
  name = "armv7-neon",
  parent = "scalar",
  about = "32-bit Arm with NEON",
  arch = "armv7l",
  rank = 20,

  cc = "arm-linux-gnueabihf-gcc",
  package = "gcc-arm-linux-gnueabihf",
  libc = "libc6-dev-armhf-cross",
  triple = "arm-linux-gnueabihf",
  run = { "qemu-arm", "-L", "/usr/arm-linux-gnueabihf" },
  cflags = { "-march=armv7-a", "-mfloat-abi=hard", "-mfpu=vfpv3-d16" },
  kernel_flags = { "-mfpu=neon" },
  kernel_header = "<arm_neon.h>",
  needs = "neon vfpv3",
  address_bits = 32,

  peak = "peak_neon",

  family = "armv7",
  common = "armv7",
  lists = { rows = { template = "rows_neon", rate = 2.2 }, columns = { template = "columns_neon", rate = 1 } },
  -- rates of the Arm targets: instructions of a step and clock, not measured on a board
  packings = { t2 = { gemv = "gemv_t2_armv7", rate = 3, lanes = 4, groups = 4, block_bytes = 300, max_unroll = 96 } },
  batch = { template = "batch_neon", min = 3, tokens = 1, chunk = 512 },
}
