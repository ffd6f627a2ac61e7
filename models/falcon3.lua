-- falcon3.lua: Falcon3 Instruct with ternary weights. Heads of 256: their width is not the embedding's.
-- Sources: the models' config.json as read by llama.cpp; parameter counts of the model cards.

local function model(size, parameters, shape, unverified)
  shape.kv_heads, shape.head_dim, shape.vocab = 4, 256, 131072
  return {
    name = ("falcon3-%s-1.58"):format(size:lower()), source = ("tiiuae/Falcon3-%s-Instruct-1.58bit"):format(size),
    arch = "llama", general_name = ("Falcon3-%s-Instruct-1.58bit"):format(size), parameters = parameters,
    shape = shape, type = "f16", head = "separate", eps = 1e-6, rope_base = 1000042.0,
    tokenizer = { pre = "falcon3", eos = 11 },
    chat = "falcon3",
    unverified = unverified or { "eps", "tokenizer.eos" },
  }
end

return {
  model("1B", 1.67e9, { layers = 18, embd = 2048, ff = 8192, heads = 8, ctx = 8192 },
    { "shape.ctx", "eps", "tokenizer.eos" }),
  model("3B", 3.23e9, { layers = 22, embd = 3072, ff = 9216, heads = 12, ctx = 32768 }),
  model("7B", 7.46e9, { layers = 28, embd = 3072, ff = 23040, heads = 12, ctx = 32768 }),
  model("10B", 10.3e9, { layers = 40, embd = 3072, ff = 23040, heads = 12, ctx = 32768 }),
}
