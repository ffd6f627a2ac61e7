-- packings.lua: how a ternary matrix lies in the image. One row per packing; its byte layout is in docs/KERNELS.md.
-- Adding one: a row here, templates/pack_<name>.c for the packer, kernel templates gemm_<name>_*.c.

local round_up = require("gen.round_up")

local packings = {}

-- t2: two bits per weight, rows in lanes. A step is 16 k of every row of a tile: four planes of four consecutive k.
packings.t2 = {
  step = 16,
  -- Bytes of one row, k padded to whole steps.
  row_bytes = function(k) return round_up(k, 16) // 4 end,
}

return packings
