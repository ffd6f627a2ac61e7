-- pick_packing.lua: the packing of matrices that are read whole, from the target's table of rates. Returns its name and why.

local decode_time = require("gen.decode_time")
local fail = require("gen.fail")
local formats = require("gen.formats")
local packings = require("gen.packings")

-- Whether every matrix has a format whose weights all fit the packing.
local function holds_all(name, g)
  for _, op in ipairs(g.ops) do
    local format = op.op == "matmul" and formats[op.weight.type]
    if op.op == "matmul" and (not format or format.packing ~= name) then return false end
  end
  return true
end

-- The packing of the ternary matrices, the wanted one or the one that decodes fastest, and why, for the report.
return function(g, target, wanted)
  local names, reasons, best = {}, {}, nil
  for name in pairs(target.packings) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if not packings[name].some or holds_all(name, g) then
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
