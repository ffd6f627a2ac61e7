-- groups.lua: graph -> graph. Says how activations are quantised, and gives matmuls whose scales, of weights or activations,
-- change along a row their units: the columns that one exact integer sum covers (docs/NUMERICS.md 2.2, 2.3).
-- Requires: fused graph. A value is quantised once for each unit that its readers have.

local fail = require("gen.fail")
local formats = require("gen.formats")

local groups = {}

groups.KEY = "tritc.activations"      -- of a file that says how; tritc import and requantize write it
groups.BLOCK = 32          -- activations that share a scale where not all of a token do

local BITNET = { ["bitnet-b1.58"] = true, ["bitnet-25"] = true, bitnet = true }

-- Whether models in this format of weights, of this architecture, were trained without int8 activations.
local function trained_without(format, arch)
  return format and (format.group_trained or format.bitnet_only) and not BITNET[arch]
end

-- "token" or "group32": the wanted one, else what the file's key says, else what its formats and architecture do.
function groups.activations(m, wanted)
  local entry = m.gguf.kv[groups.KEY]
  if wanted then return wanted end
  if entry then
    if entry.type ~= "string" or entry.value ~= "token" and entry.value ~= "group32" then
      fail("E_MODEL_PARAM", "%s: %s is neither token nor group32", m.gguf.name, groups.KEY)
    end
    return entry.value
  end
  for _, t in pairs(m.tensors) do
    if t.class == "ternary" and trained_without(formats[t.type], m.arch) then return "group32" end
  end
  return "token"
end

-- Columns of the exact sums of weight w, nil for all of a row; and its scale groups, nil where its rows have one scale each.
local function unit_of(w, activations)
  local group = math.type(w.scale_per) and w.scale_per or nil
  return activations == "group32" and groups.BLOCK or group, group
end

-- wanted: of --act, or nil. Sets graph.activations; `unit`, `group` and `code_max` (the largest code) of matmuls; `unit` of the
-- ops that quantise for them.
function groups.run(g, wanted)
  g.activations = groups.activations(g.params, wanted)
  local made, ops = {}, {}                 -- by value: the op that quantises it, and its names by unit
  for _, op in ipairs(g.ops) do
    ops[#ops + 1] = op
    if op.op == "quant" or op.op == "rms_quant" then made[op.out] = { op = op, names = {} } end
    if op.op == "matmul" then
      op.unit, op.group = unit_of(op.weight, g.activations)
      op.code_max = op.weight.plus_two and 3 or 2
      local name, key = op.ins[1], op.unit or 0
      local source = made[name]
      if not next(source.names) then
        source.names[key], source.op.unit = name, op.unit
      elseif not source.names[key] then
        local copy = {}
        for field, value in pairs(source.op) do copy[field] = value end
        copy.out, copy.unit = name .. key, op.unit
        source.names[key] = copy.out
        table.insert(ops, #ops, copy)
      end
      op.ins[1] = source.names[key]
    end
  end
  g.ops = ops
  return g
end

-- For people: what a weight takes with its scales, what shares one, and how activations become int8.
function groups.text(g)
  local bytes, weights, per, list = 0, 0, {}, {}
  for _, op in ipairs(g.ops) do
    local w = op.weight
    if w and w.class == "ternary" and not per[w] then
      local name = op.group and op.group .. " columns" or w.scale_per == "row" and "row" or "matrix"
      bytes, weights = bytes + w.entry.bytes + (w.groups and w.groups.bytes or 0), weights + w.k * w.rows
      list[#list + 1], per[name], per[w] = not per[name] and name or nil, true, true
    end
  end
  return ("%.2f bits per weight, one scale for each %s; activations: one for each %s"):format(8 * bytes / weights,
    table.concat(list, " or "), g.activations == "token" and "token" or groups.BLOCK)
end

return groups
