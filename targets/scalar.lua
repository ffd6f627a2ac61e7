-- scalar: plain C, any CPU with a C compiler. Complete and commented: the target to copy.
-- A target is facts only. What it does not say comes from its parent; docs/TARGETS.md describes each field.

return {
  name = "scalar",
  about = "plain C, any little-endian CPU",
  arch = "any",                     -- uname -m of the machines it is for, "any" for all
  rank = 0,                         -- `native` takes the runnable target of the highest rank

  cc = "cc",                        -- the compiler; --cc overrides
  package = "gcc",                  -- the Debian package that has it
  libc = "libc6-dev",               -- the one that has its C library
  triple = "",                      -- where `cc` is a cross compiler: what clang calls the machine, for --cc clang
  compilers = "gcc 8 or clang 7",   -- the oldest that take the flags
  cflags = {},                      -- instruction-set flags, only for model.c and the kernels
  link = { "-pthread" },            -- flags for linking the program
  kernel_flags = {},                -- more of them, only for the kernels
  kernel_header = false,            -- and the header that those need; false: what model.c includes for f16
  needs = "",                       -- CPU features checked at start, names of runtime/cpu.c
  address_bits = 64,                -- of a pointer
  threads = 256,                    -- most that a program can use
  embed = true,                     -- whether a program finds an image that is appended to it

  vec_bytes = 16,                   -- width of the f32 vectors that make up the 16 lanes: 16, 32 or 64
  f16 = "generic",                  -- how vec_bytes/4 binary16 values become f32: generic, f16c or neon
  peak = "peak_scalar",             -- template: the instruction of the matmul kernels on registers alone, for `bench`

  family = "scalar",                -- of the matmul kernels, for their names
  common = false,                   -- a template with what the kernel's other pieces share, or false
  bandwidth = 12,                   -- GB/s a core reads while the others do too; decides between packings
  packings = {                      -- what there are kernels for
    t2 = {
      gemv = "gemv_t2_scalar",      -- the template for one token
      rate = 3.6,                   -- weights per ns and core of gemv out of the caches, measured (tests/kernels.c --bench)
      lanes = 4,                    -- rows side by side in one packed vector
      groups = 1,                   -- such vectors side by side in one tile: a tile is lanes * groups rows
      block_bytes = 620,            -- code bytes of one step, measured; sizes the unrolled block
      max_unroll = 4,               -- steps written out at most (gcc 12 needs 24 s for a whole K of 6912 here)
    },
    b1 = { gemv = "gemv_b1_scalar", rate = 3.9, lanes = 4, groups = 1, block_bytes = 1000, max_unroll = 1 },
    s54 = {
      gemv = "gemv_s54_scalar",
      codes = "codes_s54_scalar",   -- the template that unpacks a vector, where gemv builds on one
      rate = 1.8, lanes = 4, groups = 1, block_bytes = 1000, max_unroll = 1,
    },
  },
  lists = {                         -- one token that skips rows or columns of its matrix; rate: as above, of what is listed
    rows = { template = "rows_scalar", rate = 13 },
    columns = { template = "columns_scalar", rate = 2.4 },
  },
  batch = {                         -- how several tokens share unpacked weights; false: they do not
    template = "batch_scalar",
    min = 4,                        -- tokens from which it pays
    chunk = 256,                    -- k of a tile that are unpacked at once: as many whole steps, at least one
  },
  unit_batch = false,               -- the same for units of columns, where `batch` is not for them (docs/FORMATS.md)

  screen = {                        -- the scan of the head's int8 screen
    template = "screen_scalar",     -- a vector kernel may name `common`, as above, and the `lanes` it is for
  },
}
