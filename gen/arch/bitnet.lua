-- arch/bitnet.lua: BitNet b1.58 with sub-norms and squared ReLU, as in BitNet-b1.58-2B-4T.
-- Graph: docs/NUMERICS.md 2. Tensor names and shapes: bitnet.cpp's llama.cpp, build_bitnet_158.

local bitnet = {}

bitnet.names = { "bitnet-b1.58", "bitnet-25" }
bitnet.rope_pairs = "neox"       -- (j, j + d/2); "norm" are (2j, 2j + 1)
bitnet.activation = "relu2"      -- silu, gelu: docs/NUMERICS.md 2.7

-- The tensors of a model with parameters p (the fields of model.load), as { name, class (of gen/model.lua), shape,
-- optional }; shape in elements, the contiguous dimension first: a matrix is { inputs, outputs }.
function bitnet.tensors(p)
  local n_q, n_kv = p.n_head * p.head_dim, p.n_head_kv * p.head_dim
  local list = {}
  local function add(name, class, shape, optional)
    list[#list + 1] = { name = name .. ".weight", class = class, shape = shape, optional = optional or false }
  end
  add("token_embd", "rows", { p.n_embd, p.n_vocab })
  for i = 0, p.n_layer - 1 do
    local blk = "blk." .. i .. "."
    add(blk .. "attn_norm",     "norm",    { p.n_embd })
    add(blk .. "attn_q",        "ternary", { p.n_embd, n_q })
    add(blk .. "attn_k",        "ternary", { p.n_embd, n_kv })
    add(blk .. "attn_v",        "ternary", { p.n_embd, n_kv })
    add(blk .. "attn_sub_norm", "norm",    { n_q })
    add(blk .. "attn_output",   "ternary", { n_q, p.n_embd })
    add(blk .. "ffn_norm",      "norm",    { p.n_embd })
    add(blk .. "ffn_gate",      "ternary", { p.n_embd, p.n_ff })
    add(blk .. "ffn_up",        "ternary", { p.n_embd, p.n_ff })
    add(blk .. "ffn_sub_norm",  "norm",    { p.n_ff })
    add(blk .. "ffn_down",      "ternary", { p.n_ff, p.n_embd })
  end
  add("output_norm", "norm", { p.n_embd })
  add("output", "rows", { p.n_embd, p.n_vocab }, true)
  return list
end

-- The forward pass with builder b (gen/graph.lua), in execution order.
function bitnet.graph(p, b)
  local x = b:embed("token_embd.weight", "x")
  for i = 0, p.n_layer - 1 do
    local blk = "blk." .. i .. "."
    b:begin_layer(i)
    b:begin_part("attention")
    local h = b:quant(b:rms(x, blk .. "attn_norm.weight", "h"), "hq")
    local q = b:matmul(h, blk .. "attn_q.weight", "q")
    local k = b:matmul(h, blk .. "attn_k.weight", "k")
    local v = b:matmul(h, blk .. "attn_v.weight", "v")
    q, k = b:rope(q, p.n_head), b:rope(k, p.n_head_kv)
    local keys, values = b:store(k, p.n_head_kv, "keys"), b:store(v, p.n_head_kv, "values")
    local a = b:attention(q, keys, values, "a")
    a = b:quant(b:rms(a, blk .. "attn_sub_norm.weight", "an"), "aq")
    b:add(x, b:matmul(a, blk .. "attn_output.weight", "o"))

    b:begin_part("ffn")
    h = b:quant(b:rms(x, blk .. "ffn_norm.weight", "f"), "fq")
    local gate = b:matmul(h, blk .. "ffn_gate.weight", "gate")
    local up = b:matmul(h, blk .. "ffn_up.weight", "up")
    local f = b:gate(gate, up)
    f = b:quant(b:rms(f, blk .. "ffn_sub_norm.weight", "fn"), "dq")
    b:add(x, b:matmul(f, blk .. "ffn_down.weight", "down"))
  end
  b:begin_layer(nil)
  b:finish(b:rms(x, "output_norm.weight", "y"))
end

return bitnet
