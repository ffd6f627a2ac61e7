-- archs.lua: a small synthetic model of every architecture, for the tests: { name, shape, flags of `tritc synth`, is it for
-- embeddings }. Together: head sizes 64, 80, 96, 100, 128 and 256; 1, 2, 4 and 8 heads to a kv head; rows of 8640 weights, no
-- multiple of 128; heads that are together wider than the embedding, and narrower; 32002 tokens; every type of rows; every way
-- to scale positions.

return {
  { "bitnet", "bitnet-b1.58-3b",
    "--layers 1 --embd 128 --ff 8640 --heads 2 --kv-heads 2 --head-dim 100 --ctx 128 --rope linear --scales --seed 11" },
  { "llama", "llama3-8b-1.58",
    "--layers 2 --embd 256 --ff 128 --heads 4 --kv-heads 1 --head-dim 96 --vocab 700 --ctx 128 --rope freqs --type q6_k"
    .. " --seed 12" },
  { "minicpm", "bitcpm4-0.5b",
    "--layers 3 --embd 128 --ff 256 --heads 8 --kv-heads 1 --head-dim 64 --vocab 600 --ctx 128 --rope longrope --type q8_0"
    .. " --seed 13" },
  { "qwen3", "ternary-bonsai-1.7b",
    "--layers 2 --embd 128 --ff 256 --heads 4 --kv-heads 2 --head-dim 80 --vocab 700 --ctx 128 --type bf16 --seed 14" },
  { "gemma3", "bitnet-embedding-270m",
    "--layers 2 --embd 80 --ff 256 --heads 2 --kv-heads 1 --head-dim 256 --vocab 700 --ctx 128 --seed 16", true },
  { "qwen3-embedding", "bitnet-embedding-0.6b",
    "--layers 2 --embd 128 --ff 256 --heads 4 --kv-heads 2 --head-dim 128 --vocab 700 --ctx 128 --seed 15", true },
}
