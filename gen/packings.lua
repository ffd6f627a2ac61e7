-- packings.lua: how a ternary matrix lies in the image. One row per packing; its byte layout is in docs/KERNELS.md.
-- Adding one: a row here, templates/pack_<name>.c for the packer, expand_<name>.c and gemv_<name>_<family>.c for the kernels,
-- its decoding in runtime/packing.c for the self-test.

local packings = {}

-- Fields of a row
--   step        consecutive k of one row that lie in one lane
--   bytes       of a step and 16 rows
--   bits        per weight, for people

-- t2: two bits per weight, rows in lanes. A lane is four bytes: four planes of four consecutive k.
packings.t2 = { step = 16, bytes = 64, bits = "2" }

-- t53: three weights in five bits, rows in lanes. A lane is four fields of 5 bits: three planes of four consecutive k.
packings.t53 = { step = 12, bytes = 40, bits = "1.67" }

return packings
