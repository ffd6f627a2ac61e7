-- fuse.lua: graph -> graph. quant(rms(x)) becomes one op: the normalised row never goes to memory.
-- Requires: verified graph. The fused op rounds exactly as the two do (docs/NUMERICS.md 2.1, 2.2).

local function readers(g, name)
  local count = 0
  for _, op in ipairs(g.ops) do
    for _, input in ipairs(op.ins) do
      if input == name then count = count + 1 end
    end
  end
  return count
end

return function(g)
  local fused = {}
  for _, op in ipairs(g.ops) do
    local before = fused[#fused]
    if op.op == "quant" and before.op == "rms" and before.out == op.ins[1] and readers(g, before.out) == 1 then
      fused[#fused] = { op = "rms_quant", ins = before.ins, weight = before.weight, layer = op.layer, part = op.part,
        out = op.out }
    else
      fused[#fused + 1] = op
    end
  end
  g.ops = fused
  return g
end
