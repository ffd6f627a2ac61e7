-- packings.lua: how a ternary matrix lies in the image. One row per packing; byte layouts: docs/PACKINGS.md, docs/LISTS.md.
-- Adding one: a row here, templates/pack_<name>.c for the packer, expand_<name>.c and gemv_<name>_<family>.c for the kernels
-- (<list>_<family>.c where it is for lists), its decoding in runtime/packing.c for the self-test; where it holds some matrices
-- only, its name in gen/formats.lua.

local packings = {}

-- Fields of a row
--   step        consecutive k of one row that lie in one lane
--   bytes       of a step and 16 rows
--   bits        per weight, for people
--   code_max    the largest code that it holds
--   list        what a single token skips, "rows" or "columns": they lie in one piece; nil: nothing
--   rows        the image pads rows to a multiple of this (default: the kernel's unit)
--   padding     the code that fills up rows and columns: 1, a weight of 0 (default), or 3: any, where no code is 0
--   some        whether it cannot hold every ternary matrix
--   fields      what kernels look up
--   expand      templates/expand_<expand>.c makes panels of it (default: its name)

-- t2: two bits per weight, rows in lanes. A lane is four bytes: four planes of four consecutive k.
packings.t2 = { step = 16, bytes = 64, bits = "2", code_max = 3, expand = "planes" }

-- t53: three weights in five bits, rows in lanes. A lane is four fields of 5 bits: three planes of four consecutive k.
packings.t53 = { step = 12, bytes = 40, bits = "1.67", code_max = 2 }

-- Four codes in a byte, lane p in bits 2p+1..2p, of a slot and 16 for its sign: the slot's upper two bits are the lane of the
-- zero; of the others the first is +, the next two have a bit each, 1 for -; the sign turns all three (as in STQ1_0).
local function four_codes(field)
  local byte, minus = 0, field << 1 & 6
  for lane = 0, 3 do
    if lane == field >> 2 & 3 then
      byte = byte | 1 << 2 * lane
    else
      local negative = (minus & 1) ~ (field >> 4)
      byte, minus = byte | 2 * (1 - negative) << 2 * lane, minus >> 1
    end
  end
  return byte
end

local fields = {}
for i = 0, 31 do fields[i + 1] = four_codes(i) end

local threes = {}
for i = 0, 31 do threes[i + 1] = i % 3 | i // 3 % 3 << 2 | i // 9 % 3 << 4 end

-- t53l: the fields of t53, of weights 16 apart, in lines: a lane is four bytes of each of five vectors. For CPUs that cannot
-- spread fields of 5 bits at once.
packings.t53l = { step = 96, bytes = 320, bits = "1.67", code_max = 2, expand = "lines", fields = threes }

-- s54: four weights, 16 apart, of which one is 0, in five bits, rows in lanes. A lane is four bytes of each of five vectors.
packings.s54 = { step = 128, bytes = 320, bits = "1.25", code_max = 2, padding = 3, some = true, expand = "lines",
  fields = fields }

-- b1: signs, one bit per weight, rows in lanes. A lane is four bytes: eight planes of four consecutive k.
packings.b1 = { step = 32, bytes = 64, bits = "1", code_max = 2, padding = 3, some = true, expand = "planes" }

-- t2r: two bits per weight, row after row, for matrices whose rows are skipped: 64 bytes are four planes of 64 k.
packings.t2r = { step = 256, bytes = 1024, bits = "2", code_max = 2, list = "rows" }

-- t2c: the same, column after column, for matrices whose columns are skipped: 64 bytes are four planes of 64 rows.
packings.t2c = { step = 4, bytes = 16, bits = "2", code_max = 2, list = "columns", rows = 256 }

return packings
