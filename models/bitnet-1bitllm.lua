-- bitnet-1bitllm.lua: 1bitLLM's reproductions of BitNet b1.58: SiLU, sub-norms, as many kv heads as heads.
-- Sources: bitnet.cpp's kernel shapes; the cards' parameter counts. Rows of the 3B's ffn_down are 8640 wide, 67.5 blocks of I2_S.

local function model(name, source, parameters, shape, unverified)
  return {
    name = name, source = source, parameters = parameters,
    arch = "bitnet", general_name = name, shape = shape, type = "f16", head = "tied",
    eps = 1e-5, rope_base = 10000.0,
    tokenizer = { model = "llama", bos = 1, eos = 2, unknown = 0 },      -- Llama 2's 32000 tokens and two more
    chat = "plain",
    unverified = unverified,
  }
end

return {
  model("bitnet-b1.58-large", "1bitLLM/bitnet_b1_58-large", 728.6e6,
    { layers = 24, embd = 1536, ff = 4096, heads = 16, kv_heads = 16, head_dim = 96, vocab = 32002, ctx = 2048 },
    { "shape.ctx", "rope_base", "eps" }),
  model("bitnet-b1.58-3b", "1bitLLM/bitnet_b1_58-3B", 3.324e9,
    { layers = 26, embd = 3200, ff = 8640, heads = 32, kv_heads = 32, head_dim = 100, vocab = 32002, ctx = 2048 },
    { "shape.kv_heads", "shape.ctx", "rope_base", "eps" }),
}
