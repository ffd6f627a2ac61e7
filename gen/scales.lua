-- scales.lua: facts that only the file's data can tell: which scales its ternary matrices have.

local file = require("gen.file")
local formats = require("gen.formats")

local scales = {}

local PIECE = 1 << 20      -- bytes read at once

local ZERO = { [2] = { ["\0\0"] = true, ["\0\x80"] = true }, [4] = { ["\0\0\0\0"] = true, ["\0\0\0\x80"] = true } }

-- Elements and bytes of what shares a scale in tensor t, and where in it the scale lies.
function scales.unit(t)
  local format = formats[t.type]
  if format.per == "tensor" then return t.rows * t.k, t.bytes, t.bytes + format.scale_at end
  if format.per == "row" then return t.k, t.bytes // t.rows, format.scale_at end
  local bytes = t.layout.block_bytes
  return format.per, bytes, format.scale_at % bytes
end

-- Whether all scales of t are the same; not counting those that are 0, for then the weights can be 0 themselves, except in
-- formats that cannot hold that. f: the open file.
local function all_equal(f, name, t)
  local format, _, unit_bytes, at = formats[t.type], scales.unit(t)
  local size, zero, common = format.scale_bytes, ZERO[format.scale_bytes], nil
  local together = unit_bytes * format.scale_rows                 -- units whose scales lie together, in front
  local piece = math.max(1, PIECE // together) * together
  for from = 0, t.bytes - 1, piece do
    local text = file.read_at(f, name, t.offset + from, math.min(piece, t.bytes - from))
    for first = at + 1, #text, together do
      for i = first, first + size * (format.scale_rows - 1), size do
        local scale = text:sub(i, i + size - 1)
        if scale ~= common and not (zero[scale] and not format.packing) then
          if common then return false end
          common = scale
        end
      end
    end
  end
  return not (format.packing and zero[common])
end

-- Ternary tensors of model m (gen/model.lua) whose scales are all equal have one: their `scale_per`, "row" or a number of columns
-- as their format has it, becomes "tensor".
function scales.find(m)
  local f <close> = file.open_regular(m.gguf.path)
  for _, t in pairs(m.tensors) do
    if t.class == "ternary" and t.scale_per ~= "tensor" and all_equal(f, m.gguf.name, t) then t.scale_per = "tensor" end
  end
end

return scales
