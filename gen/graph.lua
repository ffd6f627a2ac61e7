-- graph.lua: the graph: a flat list of ops in execution order over named values, its builder, its verifier, its printer.
-- graph = { params, values = { [name] = { type, n, first, last } }, ops = { {op, out, ins, weight, layer, ...} }, weights }
-- Shapes are integers; the only run-time scalars are the position and the tokens with their count n <= batch.

local ops = require("gen.ops")
local fail = require("gen.fail")

local graph = {}

local Builder = {}
Builder.__index = Builder

-- Appends op `row` (a table with op, ins and attributes) writing value `out`; returns the name of the value written.
function Builder:append(row, out)
  row.layer, row.part = self.layer, self.part
  row.out = ops[row.op].inplace and row.ins[1] or self.prefix .. out
  self.ops[#self.ops + 1] = row
  return row.out
end

-- Layers only prefix names: the list stays flat.
function Builder:begin_layer(i)
  self.layer, self.prefix = i, i and ("l%d."):format(i) or ""
  if not i then self:begin_part("head") end    -- what comes behind the layers
end

-- "attention", "ffn" or "head": what `bench` counts the time of the following ops for.
function Builder:begin_part(name) self.part = name end

function Builder:weight(name)
  return self.weights[name] or error("the graph uses a tensor the model does not list: " .. name, 0)
end

function Builder:embed(w, out) return self:append({ op = "embed", ins = {}, weight = self:weight(w) }, out) end
function Builder:rms(x, w, out) return self:append({ op = "rms", ins = { x }, weight = self:weight(w) }, out) end
function Builder:quant(x, out) return self:append({ op = "quant", ins = { x } }, out) end

-- A `.scale` tensor beside the matrix multiplies its scale (docs/NUMERICS.md 2.3).
function Builder:matmul(x, w, out)
  local weight = self:weight(w)
  weight.factor = self.weights[w:gsub("weight$", "scale")]
  return self:append({ op = "matmul", ins = { x }, weight = weight }, out)
end

function Builder:add(x, y) return self:append({ op = "add", ins = { x, y } }) end

-- bits: the pattern of an f32.
function Builder:add_scaled(x, y, bits) return self:append({ op = "add_scaled", ins = { x, y }, bits = bits }) end
function Builder:scale(x, bits) return self:append({ op = "scale", ins = { x }, bits = bits }) end

-- The model's activation of g, times u.
function Builder:gate(g, u) return self:append({ op = self.params.activation .. "_mul", ins = { g, u } }) end

-- What the model gives for the hidden state y: logits, or a unit vector where it is for embeddings.
function Builder:finish(y)
  local p = self.params
  if p.pooling then return self:append({ op = "unit", ins = { y } }, "embedding") end
  local w = p.has_output and "output.weight" or "token_embd.weight"
  return self:append({ op = "head", ins = { y }, weight = self:weight(w) }, "logits")
end

function Builder:head_rms(x, w, heads)
  return self:append({ op = "head_rms", ins = { x }, weight = self:weight(w), heads = heads, head_dim = self.params.head_dim })
end

function Builder:rope(x, heads)
  local p = self.params
  return self:append({ op = "rope", ins = { x }, heads = heads, head_dim = p.head_dim, pairs = p.rope_pairs })
end

function Builder:store(x, heads, out)
  return self:append({ op = "store", ins = { x }, heads = heads, head_dim = self.params.head_dim }, out)
end

function Builder:attention(q, k, v, out)
  local p = self.params
  local row = { op = "attention", ins = { q, k, v }, heads = p.n_head, heads_kv = p.n_head_kv, head_dim = p.head_dim }
  return self:append(row, out)
end

-- params: the model's parameters (gen/model.lua); build: function(params, builder) of the architecture file.
function graph.build(params, build)
  local b = setmetatable({ params = params, weights = params.tensors, ops = {}, prefix = "", part = "head" }, Builder)
  build(params, b)
  return { params = params, ops = b.ops, values = {}, weights = params.tensors }
end

-- Checks every op against its row: inputs defined before use, shapes, types. Fills graph.values. Run after every pass.
function graph.verify(g)
  local values = {}
  for i, op in ipairs(g.ops) do
    local row = ops[op.op] or error("unknown op " .. tostring(op.op), 0)
    for _, name in ipairs(op.ins) do
      if not values[name] then fail("E_INTERNAL", "op %d (%s) reads %s before it is written", i, op.op, name) end
      values[name].last = i
    end
    local n = row.shape(op, values)
    if not row.inplace then
      if values[op.out] then fail("E_INTERNAL", "op %d (%s) writes %s a second time", i, op.op, op.out) end
      local value = g.values[op.out] or { name = op.out }    -- what earlier passes found out stays
      value.type, value.n, value.first, value.last = row.type or "f32", n, i, i
      values[op.out] = value
    end
  end
  g.values = values
  return g
end

local function shape_of(g, op)
  local value = g.values[op.out]
  return ("%s[%d]"):format(value.type, value.n)
end

local BARRIER = { [true] = "  barrier", batch = "  batch barrier" }

-- What the passes after the builder have found out about an op.
local function findings(g, op)
  local value, entry = g.values[op.out], op.weight and op.weight.entry
  return (op.kernel and "  " .. op.kernel.name or "") .. (BARRIER[op.barrier] or "")
    .. (op.merged and "  of single tokens" or "") .. (value.offset and ("  arena 0x%x"):format(value.offset) or "")
    .. (entry and ("  image 0x%x"):format(entry.offset) or "")
end

-- One op per line: index, output, its type and length, op, inputs, tensor, then what later passes added.
function graph.dump(g)
  local lines = {}
  for i, op in ipairs(g.ops) do
    lines[i] = ("%3d  %-10s %-11s = %-10s %-24s %s%s"):format(i, op.out, shape_of(g, op), op.op,
      table.concat(op.ins, " "), op.weight and op.weight.name or "",
      findings(g, op)):gsub("%s+$", "")
  end
  return table.concat(lines, "\n") .. "\n"
end

return graph
