-- llama3-1.58.lua: Llama 3 8B, fine-tuned to ternary weights. A base model: it continues text.
-- Source: header of the file made by bitnet.cpp (291 tensors), printed in microsoft/BitNet issue 102.

return {
  name = "llama3-8b-1.58",
  source = "HF1BitLLM/Llama3-8B-1.58-100B-tokens",
  arch = "llama",
  general_name = "Llama3-8B-1.58-100B-tokens",
  tensors = 291,
  shape = { layers = 32, embd = 4096, ff = 14336, heads = 32, kv_heads = 8, head_dim = 128, vocab = 128256, ctx = 8192 },
  type = "f16",
  head = "separate",
  eps = 1e-5,
  rope_base = 500000.0,
  tokenizer = { pre = "llama-bpe", merges = 280147, bos = 128000, eos = 128001, eot = 128009 },
  chat = "llama3",
}
