-- pick_packing.lua: the packing of matrices that are read whole, from the target's table of rates. Returns its name and why.

local decode_time = require("gen.decode_time")
local fail = require("gen.fail")

-- The packing of the ternary matrices, the wanted one or the one that decodes fastest, and why, for the report.
return function(target, wanted)
  local names, reasons, best = {}, {}, nil
  for name in pairs(target.packings) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local ns, limit = decode_time.whole(target, name)
    reasons[i] = ("%s %.1f (%s)"):format(name, 1000 * ns, limit)
    if not best or ns < decode_time.whole(target, best) then best = name end
  end
  if wanted and not target.packings[wanted] then
    fail("E_USAGE", "--packing %s: the target %s has %s", wanted, target.name, table.concat(names, " "))
  end
  return wanted or best, ("ns per 1000 weights and core: %s%s"):format(table.concat(reasons, ", "),
    wanted and "; --packing decided" or "")
end
