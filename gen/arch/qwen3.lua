-- arch/qwen3.lua: Qwen3: Ternary-Bonsai, and BitNet-embedding-0.6B, which norms the input of every matrix.
-- Graph: docs/NUMERICS.md 2. Tensor names and shapes: llama.cpp, build_qwen3; *_norm_in: Microsoft's converter of the embedding
-- models (BitNet, utils/convert-bitnet-embedding-to-gguf.py).

local qwen3 = {}

qwen3.names = { "qwen3" }
qwen3.rope_pairs = "neox"
qwen3.activation = "silu"
qwen3.may_norm_inputs = true     -- sets p.norm_inputs where the file has *_norm_in tensors

function qwen3.tensors(p)
  local n_q, n_kv = p.n_head * p.head_dim, p.n_head_kv * p.head_dim
  local list = {}
  local function add(name, class, shape, optional)
    list[#list + 1] = { name = name .. ".weight", class = class, shape = shape, optional = optional or false }
  end
  local function matrix(name, inputs, outputs)
    add(name, "ternary", { inputs, outputs })
    if p.norm_inputs then add(name .. "_norm_in", "norm", { inputs }) end
  end
  add("token_embd", "rows", { p.n_embd, p.n_vocab })
  for i = 0, p.n_layer - 1 do
    local blk = "blk." .. i .. "."
    add(blk .. "attn_norm", "norm", { p.n_embd })
    matrix(blk .. "attn_q", p.n_embd, n_q)
    matrix(blk .. "attn_k", p.n_embd, n_kv)
    matrix(blk .. "attn_v", p.n_embd, n_kv)
    add(blk .. "attn_q_norm", "norm", { p.head_dim })
    add(blk .. "attn_k_norm", "norm", { p.head_dim })
    matrix(blk .. "attn_output", n_q, p.n_embd)
    add(blk .. "ffn_norm", "norm", { p.n_embd })
    matrix(blk .. "ffn_gate", p.n_embd, p.n_ff)
    matrix(blk .. "ffn_up", p.n_embd, p.n_ff)
    matrix(blk .. "ffn_down", p.n_ff, p.n_embd)
  end
  add("output_norm", "norm", { p.n_embd })
  add("output", "rows", { p.n_embd, p.n_vocab }, true)
  return list
end

-- The products of x with the matrices of layer i called so, in their order: each of its own normed x, or all of the same one.
local function project(p, b, i, x, ...)
  local results, input = {}, nil
  for k, name in ipairs { ... } do
    local w, out = ("blk.%d.%s"):format(i, name), name:match("_(.*)")
    if p.norm_inputs then
      input = b:quant(b:rms(x, w .. "_norm_in.weight", out .. "n"), out .. "q")
    elseif not input then
      input = b:quant(x, out .. "q")
    end
    results[k] = b:matmul(input, w .. ".weight", out)
  end
  return table.unpack(results)
end

-- The two branches of layer i as functions of the residual x: what is added to it.

function qwen3.attention(p, b, i, x)
  b:begin_part("attention")
  local blk = "blk." .. i .. "."
  local q, k, v = project(p, b, i, b:rms(x, blk .. "attn_norm.weight", "h"), "attn_q", "attn_k", "attn_v")
  q = b:rope(b:head_rms(q, blk .. "attn_q_norm.weight", p.n_head), p.n_head)
  k = b:rope(b:head_rms(k, blk .. "attn_k_norm.weight", p.n_head_kv), p.n_head_kv)
  local keys, values = b:store(k, p.n_head_kv, "keys"), b:store(v, p.n_head_kv, "values")
  return (project(p, b, i, b:attention(q, keys, values, "a"), "attn_output"))
end

function qwen3.feed_forward(p, b, i, x)
  b:begin_part("ffn")
  local gate, up = project(p, b, i, b:rms(x, ("blk.%d.ffn_norm.weight"):format(i), "f"), "ffn_gate", "ffn_up")
  return (project(p, b, i, b:gate(gate, up), "ffn_down"))
end

function qwen3.graph(p, b)
  local x = b:embed("token_embd.weight", "x")
  for i = 0, p.n_layer - 1 do
    b:begin_layer(i)
    b:add(x, qwen3.attention(p, b, i, x))
    b:add(x, qwen3.feed_forward(p, b, i, x))
  end
  b:begin_layer(nil)
  b:finish(b:rms(x, "output_norm.weight", "y"))
end

return qwen3
