-- bitnet-b1.58-2b-4t.lua: facts of Microsoft's BitNet b1.58 2B4T as published in GGUF, and prompts with known answers.
-- Sources: the file's own header; nangman-infra/project-willamette (GOLDEN_TESTS.md, its analysis of the weights).

return {
  name = "bitnet-b1.58-2b-4t",
  source = "microsoft/bitnet-b1.58-2B-4T-gguf",
  file = "ggml-model-i2_s.gguf",
  bytes = 1187801280,
  sha256 = "4221b252fdd5fd25e15847adfeb5ee88886506ba50b8a34548374492884c2162",

  arch = "bitnet-b1.58",
  general_name = "bitnet2b",
  kvs = 24,
  tensors = 332,
  shape = { layers = 30, embd = 2560, ff = 6912, heads = 20, kv_heads = 5, head_dim = 128, vocab = 128256, ctx = 4096 },
  type = "f16",        -- of token_embd
  head = "tied",
  eps = 1e-5,
  rope_base = 500000.0,
  weights = { minus = 602163685, zero = 879693294, plus = 602187821 },  -- over all ternary tensors

  -- The LLaMA-3 vocabulary. The file names no pre-tokenizer, so engines split text with their default one.
  tokenizer = { merges = 280147, bos = 128000, eos = 128001, padding = 128001, eot = 128009 },

  chat = "bitnet",

  -- ids: BOS and the prompt under the default pre-tokenizer. greedy: the next tokens at temperature 0. text: their bytes.
  prompts = {
    { prompt = "hello", ids = { 128000, 15339 },
      greedy = { 1917, 198, 262, 3270, 262 }, text = " world\n    \"\"\"\n   " },
    { prompt = "안녕하세요", ids = { 128000, 101193, 124409 },
      greedy = { 11, 19668, 62, 17, 13 }, text = ", NAME_2." },
    { prompt = "The capital of France is", ids = { 128000, 791, 6864, 315, 9822, 374 },
      greedy = { 12366, 13, 12366, 374, 264 }, text = " Paris. Paris is a" },
    { prompt = "1 + 1 =", ids = { 128000, 16, 220, 10, 220, 16, 220, 28 },
      greedy = { 220, 17, 198, 17, 220 }, text = " 2\n2 " },
  },
}
