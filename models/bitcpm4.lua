-- bitcpm4.lua: BitCPM4, MiniCPM4 with ternary weights. Little of it is published: nearly all of this is to be read from the file.

local function model(size, shape)
  shape.vocab, shape.ctx = 73448, 32768
  return {
    name = ("bitcpm4-%s"):format(size:lower()), source = ("openbmb/BitCPM4-%s"):format(size),
    arch = "minicpm", general_name = ("BitCPM4-%s"):format(size),
    shape = shape, type = "f16", head = "tied", eps = 1e-5, rope_base = 10000.0,
    tokenizer = { model = "llama", bos = 1, eos = 2, unknown = 0 },
    chat = "chatml",
    unverified = { "shape", "head", "eps", "rope_base", "tokenizer", "chat" },
  }
end

return {
  model("0.5B", { layers = 24, embd = 1024, ff = 4096, heads = 16, kv_heads = 2, head_dim = 64 }),
  model("1B", { layers = 52, embd = 1536, ff = 3840, heads = 24, kv_heads = 8, head_dim = 64 }),
}
