-- calls.lua: how each op becomes a C function and a call of it.
-- calls[op](g, op) -> the function's name (one per distinct shape), the variables of its template, the arguments of this call:
-- offsets into arena or image. Requires: planned graph with image.

local ops = require("gen.ops")
local packings = require("gen.packings")
local round_up = require("gen.round_up")

local calls = {}

-- f32 rows: length in elements with padding. q8 rows: bytes with header and padding.
local function stride(value) return value.row_bytes // 4 end

-- Bytes of a unit of activations with its header.
local function slot(unit) return 64 + round_up(unit, 64) end

local function norm_form(g, op)
  local value = g.values[op.ins[1]]
  local n = value.n
  local env = { n = n, n_lanes = round_up(n, 16), n_pad = round_up(n, 768), stride = stride(value) }
  local out = g.values[op.out]
  if out.type == "q8" then env.q8_stride = out.row_bytes end
  env.unit, env.slot, env.blocks = op.unit or false, op.unit and slot(op.unit), value.blocks or false
  return ("%s_%d%s%s"):format(op.op, n, op.unit and "_by_" .. op.unit or "", value.blocks and "_blocks" or ""), env,
    { value.offset, op.weight and op.weight.entry.offset, out.offset }
end

calls.rms, calls.rms_quant = norm_form, norm_form

function calls.quant(g, op)
  local name, env, args = norm_form(g, op)
  return name, env, { args[1], args[3] }
end

function calls.embed(g, op)
  local w, out = op.weight, g.values[op.out]
  return ("embed_%s_%d"):format(w.stored.name, w.k),
    { name = w.name, type = w.stored.name, k = w.k, row_bytes = w.row_bytes, stride = stride(out), k_lanes = round_up(w.k, 16) },
    { w.entry.offset, out.offset }
end

-- Tokens whose lanes, 16 of up to 64 rows, are summed up at once: 48 KB. (A prompt with group32 is read 9 % slower with 24, 11 %
-- with 36 on x86-avx512vbmi, as fast on x86-64-v3. To go lane by lane, within the first-level cache, gains nothing on either.)
local TOKENS = 12

-- The C of a lane sum's tree over the lanes that have terms; name: format of a lane's text.
local function lane_tree(count, name)
  local list = {}
  for i = 0, count - 1 do list[i] = name:format(i) end
  for _, half in ipairs { 8, 4, 2, 1 } do
    for i = 0, half - 1 do
      if list[i + half] then list[i] = ("lanes_add(%s, %s)"):format(list[i], list[i + half]) end
    end
  end
  return list[0]
end

-- Whether rows that are not there must be overwritten with 0: their packing has no weight of 0.
local function is_padded(w, kernel) return packings[kernel.packing].padding == 3 and w.rows % kernel.unit ~= 0 end

-- By units: exact sums of some columns each, then f32.
local function matmul_units(g, op)
  local w, x, y, kernel = op.weight, g.values[op.ins[1]], g.values[op.out], op.kernel
  local group32, by_row = g.activations == "group32", w.scale_per == "row"
  local blocks = op.group and op.group // op.unit or 1
  local groups = w.entry.units // blocks
  local lanes = math.min(16, groups)
  return ("matmul_%s_%dx%d_by_%d%s"):format(kernel.packing, w.rows, w.k, op.group or op.unit, by_row and "_by_row" or ""),
    { packing = kernel.packing, rows = w.rows, k = w.k, bytes = w.entry.bytes, macs = w.rows * w.k, bound = kernel.bound,
      kernel = kernel.name, unit = op.unit, blocks = blocks, groups = groups, lanes = lanes, tokens = TOKENS,
      term = lane_tree(blocks, "v%d"), total = lane_tree(lanes, "lanes_load(lane[%d] + i)"),
      padded = is_padded(w, kernel),
      grouped = op.group ~= nil, group32 = group32, by_row = by_row, rows_unit = kernel.unit, slot = slot(op.unit),
      unit_bytes = kernel.tile_bytes * kernel.unit // kernel.tile, q8_stride = x.row_bytes, stride = stride(y) },
    { x.offset, w.entry.offset, w.groups and w.groups.offset or 0, w.scale_offset, y.offset }
end

function calls.matmul(g, op)
  if op.unit then return matmul_units(g, op) end
  local w, x, y = op.weight, g.values[op.ins[1]], g.values[op.out]
  local by_row = w.scale_per == "row"
  local args = { x.offset, w.entry.offset, w.scale_offset, y.offset }
  local suffix = op.into and g.values[op.into.value].blocks and "_blocks" or ""
  if op.into then table.move({ g.values[op.into.value].offset, op.into.how }, 1, 2, #args + 1, args) end
  return ("matmul_%s_%dx%d%s%s"):format(op.kernel.packing, w.rows, w.k, by_row and "_by_row" or "", suffix),
    { suffix = suffix, y_layout = suffix == "" and stride(y) .. ", Y_BLOCK" or "Y_BLOCK, (size_t)w->n * Y_BLOCK",
      by_row = by_row, packing = op.kernel.packing, rows = w.rows, k = w.k, bytes = w.entry.bytes,
      macs = w.rows * w.k, bound = op.kernel.bound, kernel = op.kernel.name, padded = is_padded(w, op.kernel),
      merges = op.into ~= nil, more_params = op.into and ", size_t to, enum into into" or "",
      y = op.into and "w->n >= TILED ? to : out" or "out", q8_stride = x.row_bytes, stride = stride(y) }, args
end

-- As matmul, with what else it reads: the gate of rows.
function calls.matmul_rows(g, op)
  local _, env, args = calls.matmul(g, op)
  env.row_bytes = op.kernel.k_pad // 4
  table.insert(args, 2, g.values[op.ins[2]].offset)
  args[#args + 1] = op.counter
  return ("matmul_rows_%dx%d%s"):format(op.weight.rows, op.weight.k, env.suffix), env, args
end

function calls.matmul_columns(g, op)
  local _, env, args = calls.matmul(g, op)
  env.rows_pad = op.kernel.rows_pad
  args[#args + 1] = op.counter
  return ("matmul_columns_%dx%d%s"):format(op.weight.rows, op.weight.k, env.suffix), env, args
end

function calls.rope(g, op)
  local x = g.values[op.ins[1]]
  return ("rope_%dx%d"):format(op.heads, op.head_dim),
    { heads = op.heads, head_dim = op.head_dim, pairs = op.pairs, stride = stride(x) }, { x.offset, g.image.rope.offset }
end

function calls.store(g, op)
  local x = g.values[op.ins[1]]
  return ("store_%dx%d"):format(op.heads, op.head_dim),
    { heads = op.heads, head_dim = op.head_dim, stride = stride(x) }, { x.offset, g.values[op.out].offset }
end

function calls.attention(g, op)
  local q = g.values[op.ins[1]]
  return ("attention_%dx%d"):format(op.heads, op.head_dim),
    { heads = op.heads, heads_kv = op.heads_kv, head_dim = op.head_dim, tokens = ops.attention.tokens, stride = stride(q) },
    { q.offset, g.values[op.ins[2]].offset, g.values[op.ins[3]].offset, g.values[op.out].offset }
end

local function pair_form(g, op)
  local x, y = g.values[op.ins[1]], g.values[op.ins[2]]
  return ("%s_%d"):format(op.op, x.n), { n = x.n, stride = stride(x) }, { x.offset, y.offset }
end

calls.add, calls.relu2_mul, calls.silu_mul, calls.gelu_mul = pair_form, pair_form, pair_form, pair_form

-- With a constant: one function per shape and constant.
function calls.add_scaled(g, op)
  local name, env, args = pair_form(g, op)
  env.bits = ("0x%08x"):format(op.bits)
  return ("%s_%08x"):format(name, op.bits), env, args
end

function calls.scale(g, op)
  local x = g.values[op.ins[1]]
  return ("scale_%d_%08x"):format(x.n, op.bits),
    { n = x.n, n_lanes = round_up(x.n, 16), stride = stride(x), bits = ("0x%08x"):format(op.bits) }, { x.offset }
end

function calls.head_rms(g, op)
  local x = g.values[op.ins[1]]
  return ("head_rms_%dx%d"):format(op.heads, op.head_dim),
    { heads = op.heads, head_dim = op.head_dim, stride = stride(x) }, { x.offset, op.weight.entry.offset }
end

function calls.unit(g, op)
  local y = g.values[op.ins[1]]
  return ("unit_%d"):format(y.n), { n = y.n, n_lanes = round_up(y.n, 16), stride = stride(y) },
    { y.offset, g.arena.logits_offset }
end

function calls.head(g, op)
  local w, y = op.weight, g.values[op.ins[1]]
  return ("head_%s_%dx%d"):format(w.stored.name, w.rows, w.k),
    { name = w.name, type = w.stored.name, rows = w.rows, k = w.k, bytes = w.entry.bytes, row_bytes = w.row_bytes,
      stride = stride(y), k_lanes = round_up(w.k, 16), together = math.max(1, math.min(8, w.stored.block // 16)) },
    { y.offset, w.entry.offset, g.arena.logits_offset }
end

-- The scan of the head's screen: not an op of the graph, another way to what the head is for.
function calls.screen(g, op)
  local w, s, y = op.weight, op.screen, g.values[op.ins[1]]
  return ("screen_%dx%d"):format(w.rows, w.k),
    { name = w.name, rows = w.rows, k = w.k, k_lanes = round_up(w.k, 16), k_pad = s.k_pad, kernel = s.name, bytes = s.bytes,
      group_bytes = s.group_bytes, h_max = s.h_max, roundings = s.roundings, stride = stride(y),
      lower = g.arena.lower_offset, upper = g.arena.upper_offset },
    { y.offset, s.entry.offset }
end

return calls
