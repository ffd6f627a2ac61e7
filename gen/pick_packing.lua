-- pick_packing.lua: the packing of matrices that are read whole, from the target's table of rates. Returns its name and why.

local decode_time = require("gen.decode_time")
local fail = require("gen.fail")
local formats = require("gen.formats")
local packings = require("gen.packings")

local pick_packing = {}

-- Whether a packing can hold the matrix of a matmul that has units of columns (whole steps), or codes of 3.
function pick_packing.fits(name, op)
  local packing = packings[name]
  return (op.unit or 0) % packing.step == 0 and (op.code_max or 2) <= packing.code_max
end

-- Whether it can hold every matrix: for what holds only some weights, their formats must say so.
local function holds_all(name, g)
  for _, op in ipairs(g.ops) do
    if op.op == "matmul" then
      local format = formats[op.weight.type]
      local whole = not packings[name].some or format and format.packing == name
      if not whole or not pick_packing.fits(name, op) then return false end
    end
  end
  return true
end

-- The packing of the ternary matrices, the wanted one or the one that decodes fastest, and why, for the report.
function pick_packing.pick(g, target, wanted)
  local names, reasons, best = {}, {}, nil
  for name in pairs(target.packings) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if holds_all(name, g) then
      local ns, limit = decode_time.whole(target, name)
      reasons[#reasons + 1] = ("%s %.1f (%s)"):format(name, 1000 * ns, limit)
      if not best or ns < decode_time.whole(target, best) then best = name end
    end
  end
  if wanted and not target.packings[wanted] then
    fail("E_USAGE", "--packing %s: the target %s has %s", wanted, target.name, table.concat(names, " "))
  end
  return wanted or best, ("ns per 1000 weights and core: %s%s"):format(table.concat(reasons, ", "),
    wanted and "; --packing decided" or "")
end

return pick_packing
