-- bitnet-embedding.lua: Microsoft's BitNet embedding models: a norm before every projection, no head; the answer is the hidden
-- state of the last token. Source: bitnet.cpp's docs/bitnet-embeddings-i2s-guide.md and its converter.

return {
  {
    name = "bitnet-embedding-0.6b", source = "microsoft/BitNet, embedding models",
    arch = "qwen3", general_name = "BitNet-embedding-0.6B", embedding = true,
    shape = { layers = 28, embd = 1024, ff = 3072, heads = 16, kv_heads = 8, head_dim = 128, vocab = 151936, ctx = 32768 },
    type = "f16", head = "tied", eps = 1e-6, rope_base = 1000000.0,
    tokenizer = { pre = "qwen2", eos = 151643, add_eos = true },
  },
  {
    name = "bitnet-embedding-270m", source = "microsoft/BitNet, embedding models",
    arch = "gemma3", general_name = "BitNet-embedding-270M", embedding = true,
    shape = { layers = 18, embd = 640, ff = 2048, heads = 4, kv_heads = 1, head_dim = 256, vocab = 262144, ctx = 32768 },
    type = "f16", head = "tied", eps = 1e-6, rope_base = 10000.0,
    tokenizer = { model = "llama", pre = "default", eos = 1 },
    unverified = { "rope_base" },     -- whether the model was trained with the one base that its converter writes
  },
}
