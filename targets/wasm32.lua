-- wasm32: WebAssembly with 128-bit vectors, under WASI (targets/wasm32.mjs runs it in node). One thread; the image is read into
-- memory, for there are no mappings. Plain C: the same bits.

return {
  name = "wasm32",
  parent = "scalar",
  about = "WebAssembly with SIMD, run by node",
  arch = "wasm32",
  rank = 10,

  cc = "clang",
  package = "clang lld",
  libc = "wasi-libc libclang-rt-dev-wasm32",
  triple = "wasm32-wasi",
  compilers = "clang 13",
  run = { "node", "--no-warnings", "targets/wasm32.mjs" },
  cflags = { "-msimd128" },
  link = { "-Wl,-z,stack-size=1048576", "-Wl,--stack-first" },  -- as a thread's elsewhere; one that is too small traps
  address_bits = 32,
  threads = 1,
  embed = false,
}
