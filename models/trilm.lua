-- trilm.lua: the TriLM suite of SpectraSuite: trained with ternary weights and unquantised activations.
-- Sources: the paper; only the 99M and the 3.9B were checked against their parameter counts.

local function model(size, embd, ff, heads, layers, checked)
  return {
    name = ("trilm-%s"):format(size:lower()), source = ("SpectraSuite/TriLM_%s_Unpacked"):format(size),
    arch = "llama", general_name = ("TriLM_%s"):format(size),
    shape = { layers = layers, embd = embd, ff = ff, heads = heads, kv_heads = heads, head_dim = embd // heads, vocab = 50304,
      ctx = 2048 },
    type = "f16", head = "separate", eps = 1e-5, rope_base = 10000.0,
    tokenizer = { pre = "gpt-2" },
    chat = "plain",
    unverified = checked and { "source", "eps", "rope_base", "tokenizer" }
      or { "source", "shape", "eps", "rope_base", "tokenizer" },
  }
end

return {
  model("99M",   512,  1280,  8, 16, true),
  model("190M",  768,  2048, 12, 16),
  model("390M", 1024,  2560, 16, 24),
  model("560M", 1280,  3072, 20, 24),
  model("830M", 1536,  4096, 24, 24),
  model("1.1B", 1792,  5120, 28, 24),
  model("1.5B", 2048,  6144, 32, 24),
  model("2.4B", 2304,  7680, 36, 30),
  model("3.9B", 3072,  9216, 24, 30, true),
}
