-- packings.lua: how a ternary matrix lies in the image. One row per packing; byte layouts: docs/KERNELS.md, docs/LISTS.md.
-- Adding one: a row here, templates/pack_<name>.c for the packer, expand_<name>.c and gemv_<name>_<family>.c for the kernels
-- (<list>_<family>.c where it is for lists), its decoding in runtime/packing.c for the self-test.

local packings = {}

-- Fields of a row
--   step        consecutive k of one row that lie in one lane
--   bytes       of a step and 16 rows
--   bits        per weight, for people
--   code_max        the largest code that it holds
--   list        what a single token skips, "rows" or "columns": they lie in one piece; nil: nothing
--   rows        the image pads rows to a multiple of this (default: the kernel's unit)
--   tail        bytes behind the matrix that are read and not used (default 0)

-- t2: two bits per weight, rows in lanes. A lane is four bytes: four planes of four consecutive k.
packings.t2 = { step = 16, bytes = 64, bits = "2", code_max = 3 }

-- t53: three weights in five bits, rows in lanes. A lane is four fields of 5 bits: three planes of four consecutive k.
packings.t53 = { step = 12, bytes = 40, bits = "1.67", code_max = 2 }

-- t2r: two bits per weight, row after row, for matrices whose rows are skipped: 64 bytes are four planes of 64 k.
packings.t2r = { step = 256, bytes = 1024, bits = "2", code_max = 2, list = "rows" }

-- t2c: the same, column after column, for matrices whose columns are skipped: 64 bytes are four planes of 64 rows.
packings.t2c = { step = 4, bytes = 16, bits = "2", code_max = 2, list = "columns", rows = 256, tail = 64 }

return packings
