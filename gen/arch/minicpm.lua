-- arch/minicpm.lua: MiniCPM: BitCPM4. The tensors and branches of llama.lua, with three constants.
-- Graph: docs/NUMERICS.md 2. Constants: bitnet.cpp's llama.cpp, build_minicpm; keys: llama.cpp, whose converter writes the
-- logit scale as the number to divide by.

local f32 = require("gen.f32")
local llama = require("gen.arch.llama")

local minicpm = {}

minicpm.names = { "minicpm" }
minicpm.rope_pairs = "norm"
minicpm.activation = "silu"
minicpm.own_keys = { embedding_scale = true, residual_scale = true, logit_scale = true }
minicpm.tensors = llama.tensors

function minicpm.params(p, keys)
  local logit = keys:scale("logit_scale")
  p.embedding_bits = f32.bits(keys:scale("embedding_scale", 12))
  p.residual_bits = f32.bits(keys:scale("residual_scale", f32.round(1.4) / f32.round(math.sqrt(p.n_layer))))
  p.logit_bits = f32.bits(logit and 1 / logit or 256 / p.n_embd)
end

function minicpm.graph(p, b)
  local x = b:scale(b:embed("token_embd.weight", "x"), p.embedding_bits)
  for i = 0, p.n_layer - 1 do
    b:begin_layer(i)
    b:add_scaled(x, llama.attention(p, b, i, x), p.residual_bits)
    b:add_scaled(x, llama.feed_forward(b, i, x), p.residual_bits)
  end
  b:begin_layer(nil)
  b:finish(b:scale(b:rms(x, "output_norm.weight", "y"), p.logit_bits))
end

return minicpm
