-- image.lua: graph -> graph. The layout of the image file: every tensor and table at a constant offset.
-- Requires: kernels and screen chosen. Order: header, then from 2 MiB what every token reads in order of use, vocabulary, RoPE
-- table, and last the rows of embedding and head. Contract: docs/DESIGN.md ("The image").

local hash = require("gen.hash")
local round_up = require("gen.round_up")

local HOT_OFFSET = 2 << 20
local VERSION = 1            -- of runtime/image.h

-- Bytes of one stored row: plain types are padded to whole lanes, block types keep their blocks.
local function stored_row_bytes(w)
  local t = w.stored
  if t.block > 1 then return w.k // t.block * t.block_bytes end
  return round_up(w.k, 16) * t.block_bytes
end

local Layout = {}
Layout.__index = Layout

-- kind: the packer's step; weight: the tensor it comes from, if any. Returns the entry.
function Layout:add(kind, name, bytes, weight, fields)
  local entry = fields or {}
  entry.kind, entry.name, entry.bytes, entry.weight, entry.offset = kind, name, bytes, weight, self.top
  self.entries[#self.entries + 1] = entry
  self.top = round_up(self.top + bytes, 64)
  return entry
end

-- A matrix, of units of columns side by side, and the scales of its groups where it has them.
local function add_matrix(layout, weight, op)
  local kernel = weight.kernel
  local rows_pad, units = round_up(weight.rows, kernel.rows_unit), op.unit and (weight.k + op.unit - 1) // op.unit or 1
  local bytes = rows_pad // kernel.tile * units * kernel.tile_bytes
  weight.entry = layout:add("matrix", weight.name, bytes, weight, { rows_pad = rows_pad, units = units })
  if op.group then
    weight.groups = layout:add("groups", weight.name .. ", scales", rows_pad * (weight.k // op.group) * 2)
  end
end

local function add_norm(layout, weight)
  weight.entry = layout:add("norm", weight.name, round_up(weight.k, 64) * 4, weight)
end

-- The int8 screen of a head (gen/screen.lua). It is made of the head's rows, so the entry names them as `rows`.
local function add_screen(layout, op)
  local fields = { rows = op.weight, screen = op.screen }
  op.screen.entry = layout:add("screen", op.weight.name .. ", int8", op.screen.bytes, nil, fields)
end

-- One f32 for each matrix, or, first, one for each of its rows with their padding.
local function add_scales(layout, matrices)
  local bytes, list = 0, {}
  for _, by_row in ipairs { true, false } do
    for _, w in ipairs(matrices) do
      if (w.scale_per == "row") == by_row then
        list[w], bytes = bytes, bytes + 4 * (by_row and w.entry.rows_pad or 1)
      end
    end
  end
  layout.scales = layout:add("scales", "w_scale of every matrix", bytes)
  for w, at in pairs(list) do w.scale_offset = layout.scales.offset + at end
end

-- Tensors in the order in which the graph first uses them; the scales of all matrices lie together.
local function add_weights(layout, g)
  local rows, matrices = {}, {}
  for _, op in ipairs(g.ops) do
    local w = op.weight
    if op.screen then add_screen(layout, op) end
    if w and not w.entry and not w.rows_wanted then
      if w.kernel then
        add_matrix(layout, w, op)
        matrices[#matrices + 1] = w
      elseif op.op == "embed" or op.op == "head" then
        w.rows_wanted = true
        rows[#rows + 1] = w
      else
        add_norm(layout, w)
      end
    end
  end
  add_scales(layout, matrices)
  return rows
end

local function layout_id(layout, g)
  local lines = { ("version %d ctx %d\n"):format(VERSION, g.sizes.ctx) }
  for _, e in ipairs(layout.entries) do
    local kernel = e.weight and e.weight.kernel
    lines[#lines + 1] = ("%s %s %d %d%s\n"):format(e.kind, e.name, e.offset, e.bytes,
      kernel and (" %s %d %d %s"):format(kernel.packing, kernel.lanes, kernel.groups, e.weight.scale_per) or "")
  end
  return hash.fnv1a(hash.BASIS, table.concat(lines))
end

-- vocab_bytes: length of the vocabulary section. Sets graph.image and weight.entry of every tensor used.
return function(g, vocab_bytes)
  local layout = setmetatable({ entries = {}, top = HOT_OFFSET }, Layout)
  local rows = add_weights(layout, g)
  layout.vocab = layout:add("vocab", "vocabulary", vocab_bytes)
  layout.rope = layout:add("rope", "RoPE table", g.sizes.ctx * g.params.head_dim * 4)
  for _, w in ipairs(rows) do
    w.row_bytes = stored_row_bytes(w)
    w.entry = layout:add("rows", w.name, w.row_bytes * w.rows, w)
  end
  layout.bytes = round_up(layout.top, 4096)
  layout.id = layout_id(layout, g)
  g.image = layout
  return g
end
