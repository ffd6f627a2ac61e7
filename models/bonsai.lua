-- bonsai.lua: PrismML's Bonsai models, binary or ternary in groups of 128 weights; every matrix, embedding and head included.
-- Sources: headers of published files (1.7B, 8B); model cards and file sizes (4B). The cards say 151936 tokens, the files 151669.

local BINARY, TERNARY = "Q1_0", "Q2_0, PQ2_0"

-- name: without "Bonsai-"; published: the types of all matrices in the published files (`type` is what synth writes);
-- matrices: weights in them, counted in a file or computed from its size; yarn: the context that yarn stretches by four.
local function model(name, published, matrices, yarn, shape, head)
  local full = (published == TERNARY and "Ternary-Bonsai-" or "Bonsai-") .. name
  shape.kv_heads, shape.head_dim, shape.vocab = 8, 128, 151669
  return {
    name = full:lower(), source = "prism-ml/" .. full .. "-gguf",
    arch = "qwen3", general_name = full,
    shape = shape, type = "f16", head = head, eps = 1e-6, rope_base = 1000000.0,
    rope_scaling = { type = "yarn", factor = 4.0, ctx = yarn },
    published = published, matrices = matrices,
    tokenizer = { pre = "qwen2", eos = 151645, eot = 151645 },
    chat = "chatml-no-think",
    unverified = name == "4B" and { "rope_base", "rope_scaling", "tokenizer.eos" } or { "tokenizer.eos" },
  }
end

local function small(published)
  return model("1.7B", published, 1719904256, 8192, { layers = 28, embd = 2048, ff = 6144, heads = 16, ctx = 32768 }, "tied")
end
local function middle(published)
  return model("4B", published, 4021588480, 8192, { layers = 36, embd = 2560, ff = 9728, heads = 32, ctx = 32768 }, "tied")
end
local function large(published)
  return model("8B", published, 8188239872, 16384, { layers = 36, embd = 4096, ff = 12288, heads = 32, ctx = 65536 }, "separate")
end

local function hybrid(name)
  return { name = name:lower(), source = "prism-ml/" .. name .. "-gguf", arch = "qwen35",
    unsupported = "it mixes attention with Gated DeltaNet layers" }
end

return {
  small(BINARY), middle(BINARY), large(BINARY), small(TERNARY), middle(TERNARY), large(TERNARY),
  hybrid("Bonsai-27B"), hybrid("Ternary-Bonsai-27B"), hybrid("Ternary-Bonsai-2-27B"),
}
