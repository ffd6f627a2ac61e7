#!/usr/bin/env lua5.4
-- synth.t: synthetic models are real GGUF files: sizes, vocabulary, weights, determinism, refusals.
-- Expectations come from the formats' definitions and from the published file, not from gen/synth.lua.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")
local file = require("gen.file")
local gguf = require("gen.gguf")
local model = require("gen.model")
local row_types = require("gen.row_types")
local shell = require("gen.shell")
local synth = require("gen.synth")
local vocab = require("gen.vocab")

local dir = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local scratch <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-rf", dir }) end })
local path = dir .. "/it's a model.gguf"

-- Runs synth for shape toy with options over it; returns the bytes written.
local function toy(options)
  local o = { shape = "toy", output = path }
  for k, v in pairs(options or {}) do o[k] = v end
  synth.run(".", o)
  return file.read(o.output)
end

local function pad(n) return n + 31 & -32 end

-- ---- every row type: the exact size, and what the reader makes of it ----

local ROW_BYTES = { f32 = 1024, f16 = 512, bf16 = 512, q8_0 = 8 * 34, q6_k = 210, q4_0 = 8 * 18, q4_k = 144, q1_0 = 36,
  q2_0 = 72, ptq1_0 = 56 }     -- of 256 values

-- Whether no number of `bytes` bytes, from `first` on at a stride, has the exponent of infinity.
local function exponents_finite(data, first, stride, bytes, shift, infinite)
  for at = first, #data, stride do
    if string.unpack("<I" .. bytes, data, at) >> shift & infinite == infinite then return false end
  end
  return true
end

local FINITE = {
  f32 = function(rows) return exponents_finite(rows, 1, 4, 4, 23, 255) end,
  f16 = function(rows) return exponents_finite(rows, 1, 2, 2, 10, 31) end,
  bf16 = function(rows) return exponents_finite(rows, 1, 2, 2, 7, 255) end,
  q8_0 = function(rows) return exponents_finite(rows, 1, 34, 2, 10, 31) end,
  q6_k = function(rows) return exponents_finite(rows, 209, 210, 2, 10, 31) end,
  q4_0 = function(rows) return exponents_finite(rows, 1, 18, 2, 10, 31) end,
  q4_k = function(rows) return exponents_finite(rows, 1, 144, 2, 10, 31) and exponents_finite(rows, 3, 144, 2, 10, 31) end,
  q1_0 = function(rows) return exponents_finite(rows, 1, 18, 2, 10, 31) end,
  q2_0 = function(rows) return exponents_finite(rows, 1, 18, 2, 10, 31) end,
  ptq1_0 = function(rows) return exponents_finite(rows, 27, 28, 2, 10, 31) end,
}

for _, type in ipairs({ "f16", "f32", "bf16", "q8_0", "q6_k", "q4_0", "q4_k", "q1_0", "q2_0", "ptq1_0" }) do
  for _, density in ipairs(row_types[type].deviation and { 0 } or { 0.5, 0.3 }) do    -- 0: as it comes
    local name = ("%s, density %g: "):format(type, density)
    local bytes = toy({ type = type, embd = 256, vocab = 600, density = density > 0 and density or nil })
    local g = gguf.read(path)
    local m = model.load(g)
    local v = vocab.build(g.kv, m.n_vocab, g.name)
    t.is(#g.warnings + #m.warnings, 0, name .. "no warning about the container or its tensors")
    t.is(v.n_tokens, 600, name .. "the vocabulary is accepted")

    local function i2_s(k, rows) return k * rows // 4 + 32 end
    local layer = i2_s(256, 128) + 2 * i2_s(256, 64) + i2_s(128, 256) + 2 * i2_s(256, 256) + i2_s(256, 256)
      + 4 * (256 + 128 + 256 + 256)
    t.is(#bytes, g.data_offset + pad(600 * ROW_BYTES[type]) + 2 * layer + 4 * 256, name .. "file size")

    local e = m.tensors["token_embd.weight"]
    t.is(e.type, type, name .. "type of the embedding")
    t.ok(FINITE[type](bytes:sub(e.offset + 1, e.offset + e.bytes)), name .. "all numbers are finite")
  end
end

-- ---- determinism ----

local first = toy()
t.ok(toy() == first, "the same options give the same bytes")
t.ok(toy({ seed = 0 }) == first, "the seed is 0 by default")
local data = gguf.read(path).data_offset
local other = toy({ seed = 1 })
t.ok(other:sub(1, data) == first:sub(1, data) and other:sub(data + 1) ~= first:sub(data + 1),
  "another seed gives the same header and other weights")
t.ok(toy({ seed = math.mininteger }) ~= first, "any integer is a seed")
if shell.capture({ "clang", "--version" }) then
  t.ok(toy({ cc = "clang" }) == first, "another compiler gives the same bytes")
else
  t.skip("no clang", "another compiler gives the same bytes")
end

-- ---- weights: codes in the published frequencies, scales, norms ----

toy({ ff = 4096 })
local g = gguf.read(path)
local m, bytes = model.load(g), file.read(path)
local count, positive = { [0] = 0, 0, 0, 0 }, true
for _, tensor in ipairs(g.tensors) do
  if tensor.type == "i2_s" then
    local n = tensor.k * tensor.rows // 4
    for i = tensor.offset + 1, tensor.offset + n do
      local b = bytes:byte(i)
      for shift = 0, 6, 2 do
        local code = b >> shift & 3
        count[code] = count[code] + 1
      end
    end
    local scale = string.unpack("<f", bytes, tensor.offset + n + 1)
    positive = positive and scale > 0 and scale < 1
  end
end
local published = assert(loadfile("models/bitnet-b1.58-2b-4t.lua"))()
local total, sum = count[0] + count[1] + count[2], 0
for _, n in pairs(published.weights) do sum = sum + n end
t.is(count[3], 0, "code 3 does not occur")
t.is(sum, 30 * (2 * 2560 * 2560 + 2 * 2560 * 640 + 3 * 2560 * 6912), "the published counts cover all weights")
for i, name in ipairs({ "minus", "zero", "plus" }) do
  local share = published.weights[name] / sum
  t.ok(math.abs(count[i - 1] / total - share) < 0.002, ("share of %s is the published %.4f"):format(name, share))
end
t.ok(positive, "scales lie between 0 and 1")
local norm, mean = m.tensors["blk.1.ffn_sub_norm.weight"], 0
for i = 0, norm.k - 1 do mean = mean + string.unpack("<f", bytes, norm.offset + 4 * i + 1) / norm.k end
t.ok(math.abs(mean - 1) < 0.02, "norms have the mean 1")

-- ---- the published shape: all of its header, with narrow layers so that it is small ----

synth.run(".", { shape = "bitnet-b1.58-2b-4t", output = path, embd = 32, ff = 128, heads = 1, kv_heads = 1, head_dim = 32,
  type = "q8_0" })
g = gguf.read(path)
m = model.load(g)
local KEYS = [[general.architecture general.name bitnet-b1.58.vocab_size bitnet-b1.58.context_length
  bitnet-b1.58.embedding_length bitnet-b1.58.block_count bitnet-b1.58.feed_forward_length bitnet-b1.58.rope.dimension_count
  bitnet-b1.58.attention.head_count bitnet-b1.58.attention.head_count_kv tokenizer.ggml.add_bos_token
  bitnet-b1.58.attention.layer_norm_rms_epsilon bitnet-b1.58.rope.freq_base general.file_type tokenizer.ggml.model
  tokenizer.ggml.tokens tokenizer.ggml.scores tokenizer.ggml.token_type tokenizer.ggml.merges
  tokenizer.ggml.bos_token_id tokenizer.ggml.eos_token_id tokenizer.ggml.padding_token_id tokenizer.chat_template
  general.quantization_version]]
t.is(table.concat(g.kv_order, " "), (KEYS:gsub("%s+", " ")), "2B4T: the published keys in their order")
t.is(#g.kv_order, published.kvs, "2B4T: their number")
t.is(#g.tensors, published.tensors, "2B4T: the published number of tensors")
t.is(m.n_layer, 30, "2B4T: layers")
t.is(m.eps_bits, 0x3727c5ac, "2B4T: eps is 1e-5")
t.is(m.rope_base_bits, 0x48f42400, "2B4T: rope base is 500000")
t.is(vocab.build(g.kv, m.n_vocab, g.name).n_tokens, 128256, "2B4T: the vocabulary is accepted")

local tokens, types = g.kv["tokenizer.ggml.tokens"].value, g.kv["tokenizer.ggml.token_type"].value
local merges = g.kv["tokenizer.ggml.merges"].value
t.is(#tokens, 128256, "2B4T: tokens")
t.is(#merges, 280147, "2B4T: merges")
for _, row in ipairs({
  { 0, "!" }, { 16, "1" }, { 10, "+" }, { 28, "=" }, { 187, "ÿ" }, { 188, "Ā" }, { 198, "Ċ" }, { 220, "Ġ" },
  { 128000, "<|begin_of_text|>" }, { 128001, "<|end_of_text|>" }, { 128002, "<|reserved_special_token_0|>" },
  { 128006, "<|start_header_id|>" }, { 128007, "<|end_header_id|>" }, { 128008, "<|reserved_special_token_4|>" },
  { 128009, "<|eot_id|>" }, { 128010, "<|reserved_special_token_5|>" }, { 128255, "<|reserved_special_token_250|>" },
}) do
  t.is(tokens[row[1] + 1], row[2], "2B4T: token " .. row[1] .. " is LLaMA-3's")
end

local id_of, repeated, longest = {}, 0, 0
for i, text in ipairs(tokens) do
  if id_of[text] then repeated = repeated + 1 end
  id_of[text] = i - 1
  if types[i] == 1 then longest = math.max(longest, #text) end
end
t.is(repeated, 0, "2B4T: no token text occurs twice")
t.ok(longest <= 16, "2B4T: no token is longer than 16 bytes")
local mistyped = 0
for id = 0, 128255 do
  if types[id + 1] ~= (id < 128000 and 1 or 3) then mistyped = mistyped + 1 end
end
t.is(mistyped, 0, "2B4T: normal tokens, then control tokens from 128000")

local seen, made, bad = {}, {}, 0
for _, merge in ipairs(merges) do
  local left, right = merge:match("^(%S+) (%S+)$")
  local id = id_of[left .. right]
  if not id or not id_of[left] or not id_of[right] or id_of[left] >= id or id_of[right] >= id or seen[merge] then
    bad = bad + 1
  else
    made[id] = true
  end
  seen[merge] = true
end
t.is(bad, 0, "2B4T: merges are distinct and join earlier tokens to a later one")
local unmade = 0
for id = 256, 127999 do unmade = unmade + (made[id] and 0 or 1) end
t.is(unmade, 0, "2B4T: every token that is no byte and not special is made by a merge")

-- ---- options ----

toy({ head = "separate", arch = "bitnet-25", pre = "llama-bpe", heads = 6, layers = 1, ctx = 77 })
g = gguf.read(path)
m = model.load(g)
local output, embedding = m.tensors["output.weight"], m.tensors["token_embd.weight"]
t.is(g.tensors[#g.tensors].name, "output.weight", "--head separate adds the tensor")
t.ok(file.read(path):sub(output.offset + 1, output.offset + 64)
  ~= file.read(path):sub(embedding.offset + 1, embedding.offset + 64), "its rows are not the embedding's")
t.is(m.arch, "bitnet-25", "--arch")
t.is(g.kv["tokenizer.ggml.pre"].value, "llama-bpe", "--pre")
t.is(m.head_dim .. " " .. m.n_head .. " " .. m.n_layer .. " " .. m.n_ctx_train, "32 6 1 77",
  "--heads, --layers, --ctx; the head size is stored where it does not follow")

toy({ tokenizer = "llama", vocab = 2000 })
g = gguf.read(path)
local spm = vocab.build(g.kv, 2000, g.name)
t.is(("%d %d %d %d"):format(spm.n_tokens, spm.bos, spm.eos, #spm.warnings), "2000 1 2 0", "--tokenizer llama: the vocabulary is accepted")
local texts, scores = g.kv["tokenizer.ggml.tokens"].value, g.kv["tokenizer.ggml.scores"].value
local built, falls = {}, true
for i = 260, 1990 do
  local text, at = texts[i], utf8.offset(texts[i], -1)
  built[text] = true
  falls = falls and scores[i] < scores[i - 1] and (at == 1 or utf8.len(text) == 2 and built[text:sub(1, at - 1)] and built[text:sub(at)]
    or built[text:sub(1, utf8.offset(text, 3) - 1)] and built[text:sub(utf8.offset(text, 3))])
end
t.ok(falls, "--tokenizer llama: every token is made of earlier ones, of better scores")

local function refused(options, name)
  t.fails("E_USAGE", function() toy(options) end, "refused: " .. name)
end
os.remove(path)
refused({ shape = "no-such" }, "an unknown shape")
refused({ shape = "../gen/main" }, "a path as shape")
refused({ output = false }, "no output")
refused({ embd = 130 }, "embd that I2_S cannot hold")
refused({ embd = 16 }, "embd below its range")
refused({ ff = 65540 }, "ff above its range")
refused({ kv_heads = 3 }, "kv heads that do not divide the heads")
refused({ head_dim = 33 }, "an odd head size")
refused({ heads = 1024, head_dim = 128 }, "heads wider than any model")
refused({ vocab = 266 }, "a vocabulary without a merge")
refused({ layers = 0 }, "no layer")
refused({ layers = 1.5 }, "a layer and a half")
refused({ type = "q4_1" }, "an unknown type")
refused({ type = "q6_k" }, "q6_k rows of 128")
refused({ head = "none" }, "an unknown head")
refused({ arch = "gpt2" }, "an unknown architecture")
refused({ pre = "no-such" }, "an unknown pre-tokenizer")
refused({ tokenizer = "bert" }, "an unknown tokenizer")
refused({ tokenizer = "llama", vocab = 280 }, "a SentencePiece vocabulary without a word")
refused({ density = 0.3, type = "q4_0" }, "a density with rows of random bytes")
refused({ density = 0.01 }, "a density out of its range")
refused({ density = 0.3, ff = 320 }, "a density with rows that are no whole blocks")
refused({ seed = "x" }, "a seed that is no integer")

-- ---- outputs that cannot be written ----

t.fails("E_OUT_CREATE", function() toy({ output = dir .. "/none/m.gguf" }) end, "no folder")
t.fails("E_OUT_CREATE", function() toy({ output = dir }) end, "a folder as output")
t.fails("E_OUT_CREATE", function() toy({ output = "/dev/full" }) end, "a device as output")
t.fails("E_TOOL", function() toy({ cc = "false" }) end, "a compiler that fails")

-- A limit on file size stops the program midway; with the signal ignored, its write fails instead.
for _, signal in ipairs({ "", "trap '' XFSZ; " }) do
  local _, _, code = os.execute(signal .. "ulimit -f 400; exec lua5.4 -e " .. shell.quote([[
    package.path = "./?.lua"
    local ok, e = pcall(require("gen.synth").run, ".", { shape = "toy", vocab = 4000, output = arg[1] })
    os.exit(not ok and e.name == "E_OUT_WRITE" and 74 or 1)]]) .. " - " .. shell.quote(path) .. " 2>/dev/null")
  t.is(code, 74, "a full disk is E_OUT_WRITE" .. (signal == "" and "" or ", seen by the write"))
end
t.is(shell.capture({ "ls", "-A", dir }), "", "nothing is left behind")

t.done()
