-- arch/gemma3.lua: Gemma 3 with full attention, as BitNet-embedding-270M uses it: the branches of qwen3.lua, normed once more
-- before they are added. Graph: docs/NUMERICS.md 2. Tensor names and shapes: llama.cpp, build_gemma3. A file with sliding
-- windows is refused by gen/params.lua.

local f32 = require("gen.f32")
local qwen3 = require("gen.arch.qwen3")

local gemma3 = {}

gemma3.names = { "gemma3" }
gemma3.rope_pairs = "neox"
gemma3.activation = "gelu"
gemma3.may_norm_inputs = true

function gemma3.tensors(p)
  local list = qwen3.tensors(p)
  for i = 0, p.n_layer - 1 do
    for _, name in ipairs { "post_attention_norm", "post_ffw_norm" } do
      list[#list + 1] = { name = ("blk.%d.%s.weight"):format(i, name), class = "norm", shape = { p.n_embd }, optional = false }
    end
  end
  return list
end

function gemma3.graph(p, b)
  local x = b:scale(b:embed("token_embd.weight", "x"), f32.bits(math.sqrt(p.n_embd)))
  for i = 0, p.n_layer - 1 do
    local blk = "blk." .. i .. "."
    b:begin_layer(i)
    b:add(x, b:rms(qwen3.attention(p, b, i, x), blk .. "post_attention_norm.weight", "attn_post"))
    b:add(x, b:rms(qwen3.feed_forward(p, b, i, x), blk .. "post_ffw_norm.weight", "ffn_post"))
  end
  b:begin_layer(nil)
  b:finish(b:rms(x, "output_norm.weight", "y"))
end

return gemma3
