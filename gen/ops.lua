-- ops.lua: the op table. One row per op: how threads split it, its shape rule, what it reads and computes, its template.
-- Contract: docs/DESIGN.md ("The graph"). Values are per token; n is a value's length in elements.

local ops = {}

-- Fields of a row
--   split    the unit that threads share out: "token", "column" (of the output), "head" (token x head) or "copy": tokens, but of
--            a single one every thread makes its own copy, so that none waits for another
--   inplace  true: the output is the first input, changed
--   on_demand true: not part of the forward pass; runs for one token of the batch when asked, and is the graph's last op
--   shape    function(op, values) -> n of the output (nil: no output); raises through `need` when shapes disagree
--   macs     function(op) -> multiply-adds per token (0: not counted)
--   template templates/<template>.c, expanded once per distinct shape; pieces: templates before it, of the same variables

local function need(cond, op, what)
  if not cond then error(("op %s -> %s: %s"):format(op.op, op.out or "-", what), 0) end
end

local function same(op, values)
  local n = values[op.ins[1]].n
  for _, name in ipairs(op.ins) do need(values[name].n == n, op, "inputs differ in length") end
  return n
end

local function none() return 0 end

-- x = row of the embedding of the token
ops.embed = { split = "token", template = "op_embed", macs = none,
  shape = function(op) return op.weight.k end }

-- y = rms(x) * w
ops.rms = { split = "token", template = "op_rms", macs = none,
  shape = function(op, values)
    need(op.weight.k == values[op.ins[1]].n, op, "norm length")
    return same(op, values)
  end }

-- y = x as int8 with one scale per token (type q8)
ops.quant = { split = "copy", template = "op_quant", macs = none, type = "q8", shape = same }

-- quant(rms(x)): made by the fuse pass
ops.rms_quant = { split = "copy", template = "op_rms_quant", macs = none, type = "q8", shape = ops.rms.shape }

-- y = W x, W ternary, x q8
ops.matmul = { split = "column", template = "op_matmul",
  macs = function(op) return op.weight.k * op.weight.rows end,
  shape = function(op, values)
    need(values[op.ins[1]].type == "q8", op, "input is not quantised")
    need(op.weight.k == values[op.ins[1]].n, op, "inner dimension")
    return op.weight.rows
  end }

-- y = W x for the rows whose gate is positive, 0 elsewhere: made by the skip pass
ops.matmul_rows = { split = "column", template = "op_matmul_rows", macs = ops.matmul.macs,
  shape = function(op, values)
    need(values[op.ins[2]].n == op.weight.rows, op, "gate length")
    return ops.matmul.shape(op, values)
  end }

-- y = W x, leaving out the columns where x is 0: made by the skip pass
ops.matmul_columns = { split = "column", template = "op_matmul_columns", macs = ops.matmul.macs, shape = ops.matmul.shape }

-- x = x / sqrt(mean(x^2) + eps) * w for every head; one w for all
ops.head_rms = { split = "head", template = "op_head_rms", macs = none, inplace = true,
  shape = function(op, values)
    need(values[op.ins[1]].n == op.heads * op.head_dim, op, "heads")
    need(op.weight.k == op.head_dim, op, "norm length")
    return same(op, values)
  end }

-- rotate pairs of every head, (j, j + d/2) or (2j, 2j + 1), by the position's angle
ops.rope = { split = "head", template = "op_rope", macs = none, inplace = true,
  shape = function(op, values)
    need(values[op.ins[1]].n == op.heads * op.head_dim and op.head_dim % 2 == 0, op, "heads")
    return same(op, values)
  end }

-- cache[position] = f16(x), one cache per layer and kind
ops.store = { split = "head", template = "op_store", macs = none, type = "kv",
  shape = function(op, values)
    need(values[op.ins[1]].n == op.heads * op.head_dim, op, "heads")
    return same(op, values)
  end }

-- y = attention(q, K cache, V cache), causal; `tokens` of a batch at once
ops.attention = { split = "head", template = "op_attention", pieces = { "op_attention_passes", "op_attention_one" },
  macs = none, tokens = 4,
  shape = function(op, values)
    need(values[op.ins[1]].n == op.heads * op.head_dim and op.heads % op.heads_kv == 0, op, "heads")
    need(values[op.ins[2]].n == op.heads_kv * op.head_dim, op, "cache")
    return op.heads * op.head_dim
  end }

-- x = x + y
ops.add = { split = "column", template = "op_add", macs = none, inplace = true, shape = same }

-- x = x + y * constant
ops.add_scaled = { split = "column", template = "op_add_scaled", macs = none, inplace = true, shape = same }

-- x = x * constant; by tokens, because it stands between embed and rms, or behind rms
ops.scale = { split = "token", template = "op_scale", macs = none, inplace = true, shape = same }

-- y = relu(g)^2 * u, silu(g) * u, gelu(g) * u
ops.relu2_mul = { split = "column", template = "op_relu2_mul", macs = none, inplace = true, shape = same }
ops.silu_mul = { split = "column", template = "op_silu_mul", macs = none, inplace = true, shape = same }
ops.gelu_mul = { split = "column", template = "op_gelu_mul", macs = none, inplace = true, shape = same }

-- e = y / |y|, for one token of the batch, on demand: what a model without a head gives. One sum, so one thread computes it.
ops.unit = { split = "token", template = "op_unit", macs = none, on_demand = true, shape = same }

-- logits = rows of the head . y, for one token of the batch, on demand
ops.head = { split = "column", template = "op_head", on_demand = true,
  macs = function(op) return op.weight.k * op.weight.rows end,
  shape = function(op, values)
    need(op.weight.k == values[op.ins[1]].n, op, "head width")
    return op.weight.rows
  end }

return ops
