-- arch/llama.lua: LLaMA: Llama3-8B-1.58, Falcon3-1.58bit, Falcon-E, TriLM. No norms but those before the two branches.
-- Graph: docs/NUMERICS.md 2. Tensor names and shapes: llama.cpp, build_llama. The converter has permuted the rows of q and k
-- for pairs (2j, 2j + 1).

local llama = {}

llama.names = { "llama" }
llama.rope_pairs = "norm"
llama.activation = "silu"

function llama.tensors(p)
  local n_q, n_kv = p.n_head * p.head_dim, p.n_head_kv * p.head_dim
  local list = {}
  local function add(name, class, shape, optional)
    list[#list + 1] = { name = name .. ".weight", class = class, shape = shape, optional = optional or false }
  end
  add("token_embd", "rows", { p.n_embd, p.n_vocab })
  for i = 0, p.n_layer - 1 do
    local blk = "blk." .. i .. "."
    add(blk .. "attn_norm",   "norm",    { p.n_embd })
    add(blk .. "attn_q",      "ternary", { p.n_embd, n_q })
    add(blk .. "attn_k",      "ternary", { p.n_embd, n_kv })
    add(blk .. "attn_v",      "ternary", { p.n_embd, n_kv })
    add(blk .. "attn_output", "ternary", { n_q, p.n_embd })
    add(blk .. "ffn_norm",    "norm",    { p.n_embd })
    add(blk .. "ffn_gate",    "ternary", { p.n_embd, p.n_ff })
    add(blk .. "ffn_up",      "ternary", { p.n_embd, p.n_ff })
    add(blk .. "ffn_down",    "ternary", { p.n_ff, p.n_embd })
  end
  add("output_norm", "norm", { p.n_embd })
  add("output", "rows", { p.n_embd, p.n_vocab }, true)
  return list
end

-- The two branches of layer i as functions of the residual x: what is added to it.

function llama.attention(p, b, i, x)
  b:begin_part("attention")
  local blk = "blk." .. i .. "."
  local h = b:quant(b:rms(x, blk .. "attn_norm.weight", "h"), "hq")
  local q = b:matmul(h, blk .. "attn_q.weight", "q")
  local k = b:matmul(h, blk .. "attn_k.weight", "k")
  local v = b:matmul(h, blk .. "attn_v.weight", "v")
  q, k = b:rope(q, p.n_head), b:rope(k, p.n_head_kv)
  local keys, values = b:store(k, p.n_head_kv, "keys"), b:store(v, p.n_head_kv, "values")
  local a = b:quant(b:attention(q, keys, values, "a"), "aq")
  return b:matmul(a, blk .. "attn_output.weight", "o")
end

function llama.feed_forward(b, i, x)
  b:begin_part("ffn")
  local blk = "blk." .. i .. "."
  local h = b:quant(b:rms(x, blk .. "ffn_norm.weight", "f"), "fq")
  local gate = b:matmul(h, blk .. "ffn_gate.weight", "gate")
  local up = b:matmul(h, blk .. "ffn_up.weight", "up")
  return b:matmul(b:quant(b:gate(gate, up), "dq"), blk .. "ffn_down.weight", "down")
end

function llama.graph(p, b)
  local x = b:embed("token_embd.weight", "x")
  for i = 0, p.n_layer - 1 do
    b:begin_layer(i)
    b:add(x, llama.attention(p, b, i, x))
    b:add(x, llama.feed_forward(b, i, x))
  end
  b:begin_layer(nil)
  b:finish(b:rms(x, "output_norm.weight", "y"))
end

return llama
