-- synth_formats.lua: what synth's program must know of the format of the ternary matrices.
-- Used by templates/synth_formats.c and synth_tiles.c.

local fail = require("gen.fail")
local formats = require("gen.formats")
local read_matrices = require("gen.read_matrices")
local tensor_types = require("gen.tensor_types")
local tl_tiles = require("gen.tl_tiles")

local synth_formats = {}

-- name -> row of gen/tensor_types.lua; of a format with several ids that which is its alone, else the last.
synth_formats.type_of = {}
do
  local ids = {}
  for id in pairs(tensor_types) do ids[#ids + 1] = id end
  table.sort(ids)
  for _, id in ipairs(ids) do
    for _, variant in ipairs(tensor_types[id].variants or {}) do synth_formats.type_of[variant.name] = variant end
  end
  for _, id in ipairs(ids) do synth_formats.type_of[tensor_types[id].name] = tensor_types[id] end
end

-- Sets the fields of model m that the templates read. name: of gen/formats.lua, nil: i2_s. uneven: whether the scales of rows or
-- groups differ, and some weights are +2 where the format has them.
function synth_formats.describe(m, name, uneven)
  m.weights = name or "i2_s"
  local format = formats[m.weights]
  if not format then fail("E_USAGE", "synth: --weights %s: there is no such format, see docs/FORMATS.md", m.weights) end
  m.template, m.plane, m.per, m.tiled = format.template, format.plane, format.per, format.tiled or false
  m.scale_at, m.scale_bytes, m.plus_two, m.uneven = format.scale_at, format.scale_bytes, format.plus_two, uneven or false
  if uneven and format.per == "tensor" then fail("E_USAGE", "synth: --uneven: %s has one scale", m.weights) end
  if m.direction and m.weights ~= "i2_s" then fail("E_USAGE", "synth: --density needs --weights i2_s") end
end

-- The nearest number that f16 holds, for x >= 2^-14: the same scale in every format.
function synth_formats.halved(x)
  local unit = 2.0 ^ (math.floor(math.log(x, 2)) - 10)
  return math.floor(x / unit + 0.5) * unit
end

-- What follows in the row of tensor t in the program's table: its bytes and tile, where the format has tiles.
function synth_formats.tile(m, t)
  if not m.tiled then return "" end
  local tile = t.writer == "encoded" and tl_tiles(m.weights, t.dims[2], t.dims[1], "setup", t.name) or { 0, 0, 0 }
  return (", %d, %d, %d, %d"):format(t.bytes, table.unpack(tile))
end

-- Most weights that are drawn before they are written, of the whole matrix or of four rows; draws are of 16.
function synth_formats.most_drawn(m, tensors)
  local most = 0
  for _, t in ipairs(tensors) do
    if t.writer == "encoded" then most = math.max(most, m.tiled and t.n or 4 * t.dims[1]) end
  end
  return most + 16
end

-- The C that encodes, false where the template has its own way or all bits are legal.
function synth_formats.encoder(root, m)
  return not formats[m.weights].packing and read_matrices.encoder(root, m.weights) or false
end

-- The templates of the program, in order.
function synth_formats.templates(m)
  local list = { "synth", "synth_vocab", "synth_weights" }
  if m.weights ~= "i2_s" then list[#list + 1] = "synth_formats" end
  if m.tiled then list[#list + 1] = "synth_tiles" end
  return table.move({ "synth_rows", "synth_main" }, 1, 2, #list + 1, list)
end

return synth_formats
