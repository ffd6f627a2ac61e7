-- read_matrices.lua: ternary matrices as C: how pack, analyze and requantize read them (templates/read.c and matrices.c), and
-- how requantize and synth write them.

local emit_model = require("gen.emit_model")
local file = require("gen.file")
local formats = require("gen.formats")
local tl_tiles = require("gen.tl_tiles")

local read_matrices = {}

-- Elements and bytes of what shares a scale in tensor t, and where in it the scale lies.
local function unit_of(t)
  local format = formats[t.type]
  if format.per == "tensor" then return t.rows * t.k, t.bytes, t.bytes + format.scale_at end
  if format.per == "row" then return t.k, t.bytes // t.rows, format.scale_at end
  local bytes = t.layout.block_bytes
  return format.per, bytes, format.scale_at % bytes
end

-- The initialiser of a struct matrix for tensor w, without braces. options: tl_config of the command.
function read_matrices.text(w, options)
  local format = formats[w.type]
  local unit, unit_bytes, scale_at = unit_of(w)
  local tile = format.tiled and tl_tiles(w.type, w.rows, w.k, options.tl_config, w.name) or { 0, 0, 0 }
  local lacks = format.plus_two and "the plan has not seen" or w.type .. " does not have"
  return ('"%s", "%s", unpack_%s, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, {%d, %d, %d}'):format(w.name, lacks, w.type, w.offset,
    w.bytes, unit, unit_bytes, scale_at, format.scale_bytes, format.scale_rows, w.plus_two and 1 or 0, w.rows, w.k,
    table.unpack(tile))
end

-- A template of format `name`; its variables are the format's row and name.
local function render(root, template, name, options)
  local format, env = formats[name], { name = name }
  for key, value in pairs(format) do env[key] = value end
  if format.layouts then env.plane = format.layouts[options.i2s_layout or "x86"] end
  return emit_model.render(root, template, env, {})
end

-- The unpackers of all formats among tensors, in order of first use. options: i2s_layout of the command.
function read_matrices.unpackers(root, tensors, options)
  local texts, seen = {}, {}
  for _, w in ipairs(tensors) do
    if not seen[w.type] then texts[#texts + 1] = render(root, formats[w.type].template, w.type, options) end
    seen[w.type] = true
  end
  return table.concat(texts)
end

-- The C that makes format `name` of codes: code_bytes(n) and encode_codes(codes, n, out); nil: there is none.
function read_matrices.encoder(root, name)
  local template = formats[name].template:gsub("^unpack_", "encode_")
  return file.exists(("%s/templates/%s.c"):format(root, template)) and render(root, template, name, {}) or nil
end

-- The ternary matrices of a model of gen/model.lua, in the order of the file.
function read_matrices.list(m)
  local list = {}
  for _, t in ipairs(m.gguf.tensors) do
    if t.class == "ternary" then list[#list + 1] = t end
  end
  return list
end

return read_matrices
