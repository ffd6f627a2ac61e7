-- emit_pack.lua: the image layout as C: pack.c, compiled for the build machine, rewrites the GGUF's weights once into the image.
-- Requires: graph with image. Contract: docs/DESIGN.md ("The image").

local emit_model = require("gen.emit_model")
local packings = require("gen.packings")
local read_matrices = require("gen.read_matrices")
local rope = require("gen.rope")
local row_types = require("gen.row_types")

local CHUNK = 1 << 20

-- Rows of each kind of entry as the templates print them.
local forms = {}

function forms.matrix(e, options)
  local w, kernel = e.weight, e.weight.kernel
  return { text = read_matrices.text(w, options), packing = kernel.packing, to = e.offset, packed = e.bytes,
    scale_to = w.scale_offset, scales = w.scale_per == "row" and w.rows or 1,
    factor_from = w.factor and w.factor.offset or 0, groups_to = w.groups and w.groups.offset or 0,
    rows_pad = e.rows_pad, rows_unit = kernel.rows_unit, units = e.units, k_unit = kernel.k, k_pad = kernel.k_pad,
    k_all = e.units * kernel.k_pad, tile = kernel.pack_tile, tile_bytes = kernel.pack_bytes,
    lanes = kernel.lanes, padding = packings[kernel.packing].padding or 1, weight = w }
end

function forms.norm(e)
  local w = e.weight
  return { name = w.name, from = w.offset, to = e.offset, n = w.k, type = w.type, block = w.layout.block,
    block_bytes = w.layout.block_bytes }
end

function forms.rows(e)
  local w = e.weight
  local t, row = w.layout, row_types[w.type]
  return { name = w.name, type = w.type, from = w.offset, to = e.offset, rows = w.rows, to_bytes = w.row_bytes,
    from_bytes = w.k // t.block * t.block_bytes, blocks = w.k // t.block, d_offset = row.d or 0, scales = row.scales or 1,
    widen = t ~= w.stored and "widen_" .. w.type or "0" }
end

-- The screen is made of the head's rows as the file has them.
function forms.screen(e)
  local w, size = e.rows, e.rows.layout.block_bytes
  return { type = w.type, size = size, rows = w.rows, from = w.offset, from_bytes = w.k * size, to = e.offset, k = w.k,
    k_pad = e.screen.k_pad, group_bytes = e.screen.group_bytes }
end

-- Patterns of f32 as C integers; divisors_from 0: none.
local function rope_form(g)
  local p = g.params
  local scaling, divisors = p.rope_scaling, rope.divisors(p, g.sizes.ctx)
  local function hex(bits) return ("0x%08x"):format(bits) end
  return { base = hex(p.rope_base_bits), factor = hex(scaling.factor_bits), attn = hex(scaling.attn_bits),
    original = scaling.original, yarn = scaling.type == "yarn", divisors = divisors and divisors.offset or false }
end

local function collect(g, kind, options)
  local list = {}
  for _, e in ipairs(g.image.entries) do
    if e.kind == kind then list[#list + 1] = forms[kind](e, options) end
  end
  return list
end

-- Bytes of the largest piece the packer holds: a whole matrix, or a chunk of rows.
local function source_max(g)
  local most = CHUNK
  local screen = collect(g, "screen")[1]
  if screen then most = math.max(most, 64 * screen.from_bytes) end
  for _, e in ipairs(g.image.entries) do
    if e.kind ~= "rows" and e.weight then most = math.max(most, e.weight.bytes) end
  end
  return most
end

-- The packers of all packings among matrices, in order of first use.
local function packers(root, matrices)
  local texts, seen = {}, {}
  for _, m in ipairs(matrices) do
    if not seen[m.packing] then texts[#texts + 1] = emit_model.render(root, "pack_" .. m.packing, {}, {}) end
    seen[m.packing] = true
  end
  return table.concat(texts)
end

-- The largest value of a field.
local function largest(list, field)
  local most = 0
  for _, row in ipairs(list) do most = math.max(most, row[field]) end
  return most
end

local PIECES = { "pack", "read", "matrices", "pack_matrices", "pack_rows", "pack_norms", "pack_quant", "pack_screen", "pack_rope",
  "pack_append", "pack_main" }
local CONDITIONS = { pack_quant = "embd", pack_screen = "screen" }     -- the variable that must be set

-- The distinct types of a list, in order of first use.
local function types_of(list)
  local types, seen = {}, {}
  for _, row in ipairs(list) do
    types[#types + 1], seen[row.type] = not seen[row.type] and row.type or nil, true
  end
  return types
end

-- The text of pack.c. vocab_bytes: length of the vocabulary file that emit writes beside it; options: i2s_layout and tl_config of
-- the command, where the file does not tell.
return function(root, g, vocab_bytes, options)
  local header, image, matrices, weights = g.params.gguf, g.image, collect(g, "matrix", options), {}
  for i, m in ipairs(matrices) do weights[i] = m.weight end
  local env = {
    banner = emit_model.banner(g, "pack"), model = g.name:sub(1, 63), target = g.target.name,
    source_max = source_max(g), packed_max = largest(matrices, "packed"), tile_max = largest(matrices, "tile"),
    rows_max = largest(matrices, "rows_unit"), k_max = largest(matrices, "k_all"), ctx = g.sizes.ctx,
    head_dim = g.params.head_dim,
    rope = rope_form(g),
    unpackers = read_matrices.unpackers(root, weights, options), packers = packers(root, matrices),
    embd = g.params.embd and g.params.embd.name or false, block = g.params.embd and g.params.embd.block or 0,
    block_bytes = g.params.embd and g.params.embd.block_bytes or 0, screen = collect(g, "screen")[1] or false,
    matrices = matrices, norms = collect(g, "norm"), norm_types = types_of(collect(g, "norm")), tables = collect(g, "rows"),
    file_size = header.file_size, data_offset = header.data_offset, model_id = header.hash,
    vocab_bytes = vocab_bytes, vocab_offset = image.vocab.offset, rope_offset = image.rope.offset,
    layout_id = ("%016x"):format(image.id), image_bytes = image.bytes,
  }
  local texts = {}
  for _, name in ipairs(PIECES) do
    local wanted = CONDITIONS[name]
    if not wanted or env[wanted] then texts[#texts + 1] = emit_model.render(root, name, env, {}) end
  end
  return table.concat(texts)
end
