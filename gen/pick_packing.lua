-- pick_packing.lua: the packing of matrices that are read whole, from the target's table of rates. Returns its name and why.

local fail = require("gen.fail")
local packings = require("gen.packings")

-- Time of a weight in decode on one core, in ns: memory and unpacking overlap, the slower one counts.
local function ns_per_weight(target, name)
  local memory = packings[name].bytes / (16 * packings[name].step) / target.bandwidth
  local unpacking = 1 / target.packings[name].rate
  return math.max(memory, unpacking), memory > unpacking and "memory" or "unpacking"
end

-- The packing of the ternary matrices, the wanted one or the one that decodes fastest, and why, for the report.
return function(target, wanted)
  local names, reasons, best = {}, {}, nil
  for name in pairs(target.packings) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local ns, limit = ns_per_weight(target, name)
    reasons[i] = ("%s %.1f (%s)"):format(name, 1000 * ns, limit)
    if not best or ns < ns_per_weight(target, best) then best = name end
  end
  if wanted and not target.packings[wanted] then
    fail("E_USAGE", "--packing %s: the target %s has %s", wanted, target.name, table.concat(names, " "))
  end
  return wanted or best, ("ns per 1000 weights and core: %s%s"):format(table.concat(reasons, ", "),
    wanted and "; --packing decided" or "")
end
