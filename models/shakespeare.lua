-- shakespeare.lua: the bundled demo model. models/README.md says what it is.

return {
  name = "shakespeare",
  file = "shakespeare.gguf",
  bytes = 1366880,
  sha256 = "131f7772abff55af93814bb70173f70dd6e48bb960d5834274b08c21ee2192f9",
  model_hash = "365ca61691091f53",

  arch = "bitnet-b1.58",
  general_name = "Shakespeare BitNet b1.58 3.4M",
  shape = { layers = 4, embd = 256, ff = 768, heads = 4, kv_heads = 2, head_dim = 64, vocab = 1024, ctx = 512 },
  type = "f16",
  eps = 1e-5,
  rope_base = 10000.0,
  tokenizer = { pre = "llama-bpe", bos = 1022, eos = 1023 },

  -- Published greedy continuations (PyTorch, float32): ids of the prompt and of the tokens that follow at temperature 0.
  prompts = {
    { prompt = "ROMEO:", ids = { 870, 58 },
      greedy = { 295, 831, 418, 44, 295, 831, 418, 286, 870, 266, 73, 475, 258, 269, 855, 100, 44, 300, 295, 464, 325, 308, 258,
                 269, 855, 100, 286, 870, 266, 73, 475, 258 },
      text = " I pray thee, I pray thee.\n\nROMEO:\nI am a bawd, and I'll not be a bawd.\n\nROMEO:\nI am a" },
    { prompt = "To be, or not to be", ids = { 405, 308, 44, 532, 325, 291, 308 },
      greedy = { 10, 405, 308, 258, 269, 117, 122, 122, 122, 282, 44, 300, 295, 464, 325, 308, 10, 405, 269, 117, 121, 367, 44,
                 300, 295, 464, 325, 308, 258, 269, 364, 297 },
      text = "\nTo be a buzzzen, and I'll not be\nTo buy him, and I'll not be a brave" },
  },
}
