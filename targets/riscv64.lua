-- riscv64: 64-bit RISC-V as Linux distributions require it (rv64gc). Plain C: the same bits, no vector instructions.

return {
  name = "riscv64",
  parent = "scalar",
  about = "64-bit RISC-V, plain C",
  arch = "riscv64",
  rank = 10,

  cc = "riscv64-linux-gnu-gcc",
  package = "gcc-riscv64-linux-gnu",
  libc = "libc6-dev-riscv64-cross",
  triple = "riscv64-linux-gnu",
  run = { "qemu-riscv64", "-L", "/usr/riscv64-linux-gnu" },
  cflags = { "-march=rv64gc", "-mabi=lp64d" },
  needs = "m f d",
}
