-- toy.lua: the smallest shape that exercises everything: two layers, grouped heads, every table. Only `tritc synth` makes it.

return {
  name = "toy",
  arch = "bitnet-b1.58",
  general_name = "toy",
  shape = { layers = 2, embd = 128, ff = 256, heads = 4, kv_heads = 2, head_dim = 32, vocab = 512, ctx = 128 },
  type = "f16",
  eps = 1e-5,
  rope_base = 10000.0,
  tokenizer = {},
}
