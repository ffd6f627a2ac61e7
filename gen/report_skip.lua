-- report_skip.lua: what is skipped and why, for report.txt and `tritc plan`.

local facts = require("gen.facts")

local report_skip = {}

-- Bytes that a token reads where the facts know the density of what it skips; without facts, all `bytes`.
function report_skip.touched(g, bytes)
  for _, op in ipairs(g.facts and g.skips or {}) do
    local row, rows = g.facts[op.layer], op.kernel.list == "rows"
    local total = rows and op.weight.rows or op.weight.k
    bytes = bytes - math.floor((1 - (rows and row.up or row.down)) * total) * op.kernel.list_bytes
  end
  return bytes
end

-- In one line.
function report_skip.summary(g)
  if g.facts then return ("%d of %d matrices"):format(#g.skips, g.skippable) end
  if #g.skips > 0 then return "everywhere, whether it pays or not" end
  return g.skippable > 0 and "nowhere: no facts about this model (tritc scan, --facts)" or "nowhere: nothing to skip"
end

-- What decided, layer by layer.
function report_skip.text(g)
  if not g.facts then return report_skip.summary(g) end
  local lines = { ("%s, by the facts: share of up and down that a token reads, time beside that of reading all in %s"):format(
    report_skip.summary(g), g.packing.name) }
  local function part(name, density, list)
    local cost, limit = facts.cost(g.target, density, list, g.packing.name)
    return ("%s %.3f %.2f (%s) %s"):format(name, density, cost, limit,
      facts.pays(g.target, density, list, g.packing.name) and "skips" or "reads all")
  end
  for layer = 0, g.params.n_layer - 1 do
    local row = g.facts[layer]
    lines[#lines + 1] = ("layer %3d  %s, %s"):format(layer, part("up", row.up, "t2r"), part("down", row.down, "t2c"))
  end
  return table.concat(lines, "\n")
end

return report_skip
