-- gguf_bad_model.lua: headers that contradict themselves or what is built, the same for every architecture; for tests/gguf.t.
-- Each row: an id, the error it must give, what is wrong, the bytes.

local cases = require("tests.gguf_cases")

local sorted = cases.sorted
local F32 = 0

-- bad: of tests/gguf.t. One call per architecture.
return function(bad_file, arch)
  local A = arch .. "."
  local function bad(id, error_name, what, text) bad_file(id, error_name, arch .. ": " .. what, text) end
  local function toy(f, options)
    local o = { arch = arch }
    for key, value in pairs(options or cases.SMALLEST) do o[key] = value end
    local spec = cases.toy(o)
    f(spec)
    return (cases.encode(spec))
  end
  local function setting(key, type, value, elem)
    return toy(function(spec) cases.set(spec, key, type, value, elem) end)
  end

  bad("G61", "E_MODEL_ARCH", "no architecture", toy(function(s) cases.drop(s, "general.architecture") end))
  bad("G61", "E_MODEL_ARCH", "architecture as u32", setting("general.architecture", "u32", 1))
  bad("G61", "E_MODEL_ARCH", "architecture unknown", setting("general.architecture", "string", "no-such"))
  for _, n in ipairs { 0, 513, 1 << 31 } do
    bad("G62", "E_MODEL_LIMIT", "block_count " .. n, setting(A .. "block_count", "u32", n))
  end
  for key, n in sorted { embedding_length = 65537, feed_forward_length = 65537, context_length = (1 << 20) + 1 } do
    bad("G62", "E_MODEL_LIMIT", key .. " " .. n, setting(A .. key, "u32", n))
    bad("G62", "E_MODEL_LIMIT", key .. " 0", setting(A .. key, "u32", 0))
  end
  bad("G62", "E_MODEL_LIMIT", "heads wider than 65536", setting(A .. "attention.key_length", "u32", 65536))
  bad("G62", "E_MODEL_LIMIT", "2^20 + 1 tokens", toy(function(s)
    cases.drop(s, A .. "vocab_size")
    s.tensors[1].dims, s.tensors[1].data = { 1, (1 << 20) + 1 }, ("\0"):rep((2 << 20) + 2)
  end))

  local function heads(what, f) bad("G63", "E_MODEL_SHAPE", what, toy(f)) end
  heads("no heads", function(s) cases.set(s, A .. "attention.head_count", "u32", 0) end)
  heads("no kv heads", function(s) cases.set(s, A .. "attention.head_count_kv", "u32", 0) end)
  heads("3 kv heads of 16", function(s) cases.set(s, A .. "attention.head_count_kv", "u32", 3) end)
  heads("n_embd 4, 16 heads, no key_length", function(s) cases.drop(s, A .. "attention.key_length") end)
  heads("odd head size", function(s) cases.set(s, A .. "attention.key_length", "u32", 3) end)
  heads("head size 0", function(s) cases.set(s, A .. "attention.key_length", "u32", 0) end)
  for _, key in ipairs { "attention.layer_norm_rms_epsilon", "rope.freq_base" } do
    for _, value in ipairs { 0.0, -1.0, 1 / 0, -1 / 0, 0 / 0 } do
      bad("G64", "E_MODEL_PARAM", ("%s %g"):format(key, value), setting(A .. key, "f32", value))
    end
  end
  for _, name in ipairs {
    "blk.0.attn_q.bias", "blk.7.ffn_down.scale", "blk.0.attn_k_norm_in.weight", "blk.0.other_norm.weight",
  } do
    bad("G65", "E_MODEL_TENSOR", name, toy(function(s)
      s.tensors[#s.tensors + 1] = { name = name, dims = { 1 }, type = F32, data = "0000" }
    end))
  end

  local wide = cases.toy { arch = arch, n_embd = 32, n_head = 2, n_head_kv = 1, n_ff = 64 }
  for _, row in ipairs(wide.tensors) do
    local ne0, ne1 = row.dims[1], row.dims[2]
    row.dims = { ne1 or ne0 // 2, ne1 and ne0 }
    local what = row.name .. (ne1 and " transposed" or " shorter")
    if ne0 ~= ne1 then bad("G66", "E_MODEL_SHAPE", what, (cases.encode(wide))) end
    row.dims = { ne0, ne1 }
  end
  bad("G66", "E_MODEL_SHAPE", "vocab_size", setting(A .. "vocab_size", "u32", 255))
  for _, key in ipairs {
    "block_count", "embedding_length", "context_length", "feed_forward_length", "attention.head_count",
    "attention.head_count_kv", "attention.key_length", "rope.dimension_count", "vocab_size",
  } do
    bad("G67", "E_MODEL_KEY", key .. " as f32", setting(A .. key, "f32", 1.0))
    bad("G67", "E_MODEL_KEY", key .. " as string", setting(A .. key, "string", "1"))
  end
  bad("G67", "E_MODEL_KEY", "rope.freq_base as u32", setting(A .. "rope.freq_base", "u32", 10000))
  for _, key in ipairs {
    "block_count", "embedding_length", "context_length", "feed_forward_length", "attention.head_count",
    "attention.layer_norm_rms_epsilon",
  } do
    bad("G67", "E_MODEL_KEY", "no " .. key, toy(function(s) cases.drop(s, A .. key) end))
  end
  local heads_key = A .. "attention.head_count"
  bad("G67", "E_MODEL_KEY", "head_count per layer as f32", setting(heads_key, "array", { 16.0 }, "f32"))
end
