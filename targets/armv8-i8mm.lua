-- armv8-i8mm: 64-bit Arm with int8 matrix products: Cortex-A510, A710, X2 and later, Neoverse V1 and N2, Apple M2.

return {
  name = "armv8-i8mm",
  parent = "armv8-dotprod",
  about = "64-bit Arm with int8 matrix products",
  rank = 40,

  cflags = { "-march=armv8.2-a+dotprod+i8mm" },
  compilers = "gcc 10 or clang 11",
  needs = "i8mm asimddp asimd atomics",

  peak = "peak_i8mm",

  family = "i8mm",
  batch = { template = "batch_i8mm", min = 3, tokens = 6, chunk = 512 },
}
