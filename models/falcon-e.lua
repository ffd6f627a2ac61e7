-- falcon-e.lua: Falcon-E (Falcon Edge), trained with ternary weights.
-- Source: microsoft/BitNet pull request 268 prints the 1B's tensors: 168 I2_S, 2 F16, 49 F32: 24 layers and a head of its own.

local function model(size, layers, ff, unverified)
  return {
    name = ("falcon-e-%s"):format(size:lower()), source = ("tiiuae/Falcon-E-%s-Instruct"):format(size),
    arch = "llama", general_name = ("Falcon-E-%s-Instruct"):format(size),
    shape = { layers = layers, embd = 2048, ff = ff, heads = 16, kv_heads = 2, head_dim = 128, vocab = 32768, ctx = 32768 },
    type = "f16", head = "separate", eps = 1e-6, rope_base = 1000042.0,
    tokenizer = { pre = "falcon_e" },
    chat = "chatml",
    unverified = unverified,
  }
end

local one = model("1B", 24, 9216,
  { "shape.ff", "shape.heads", "shape.kv_heads", "shape.head_dim", "shape.ctx", "rope_base", "eps", "chat" })
one.tensors = 219

return { one, model("3B", 32, 13312, { "shape", "head", "rope_base", "eps", "chat" }) }
