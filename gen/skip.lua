-- skip.lua: graph -> graph. Where a squared ReLU gates a product, what meets zeros is left out: rows of `up` whose gate is not
-- positive, then columns of `down` whose quantised input is 0. Requires: fused graph. The result is the same, bit by bit
-- (docs/NUMERICS.md 2.10); whether it is faster depends on the weights, so each layer's facts decide.

local skip = {}

-- The op that writes value `name` and the ops that read it.
local function uses(g, name)
  local writer, readers = nil, {}
  for _, op in ipairs(g.ops) do
    if op.out == name and not writer then writer = op end
    for _, input in ipairs(op.ins) do
      if input == name and op.out ~= name then readers[#readers + 1] = op end
    end
  end
  return writer, readers
end

-- Whether op is a product whose matrix has one scale and weights of -1, 0 and 1, as kernels for lists take it.
local function is_plain(op)
  return op.op == "matmul" and not op.unit and op.weight.scale_per ~= "row" and (op.code_max or 2) == 2
end

-- { gate (name of its value), up, down (ops) } of every product gated by a squared ReLU, in order.
function skip.find(g)
  local found = {}
  for _, op in ipairs(g.ops) do
    if op.op == "relu2_mul" then
      local up, up_readers = uses(g, op.ins[2])
      local _, quants = uses(g, op.out)
      local _, downs = uses(g, quants[1] and quants[1].out)
      if is_plain(up) and #up_readers == 1 and #quants == 1 and quants[1].op == "rms_quant" and #downs == 1
        and is_plain(downs[1]) then
        found[#found + 1] = { gate = op.ins[1], up = up, down = downs[1] }
      end
    end
  end
  return found
end

-- decide(layer) -> whether up skips rows, whether down skips columns. graph.skips lists the ops that skip; op.counter is the
-- place in it. graph.skippable: how many ops could.
function skip.run(g, decide)
  local found = skip.find(g)
  g.skips, g.skippable = {}, 2 * #found
  local function add(op, name)
    op.op, op.counter = name, #g.skips
    g.skips[#g.skips + 1] = op
  end
  for _, f in ipairs(found) do
    local up, down = decide(f.up.layer)
    if up then
      add(f.up, "matmul_rows")
      f.up.ins = { f.up.ins[1], f.gate }
    end
    if down then add(f.down, "matmul_columns") end
  end
  return g
end

return skip
