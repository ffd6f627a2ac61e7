#!/usr/bin/env lua5.4
-- gguf.t: the header reader and the model checks, on files written here: every malformed case has its one named error.
-- Contract: docs/ERRORS.md.

package.path = "./?.lua"
local t = require("tests.tap")
local cases = require("tests.gguf_cases")
local checked = require("gen.checked")
local gguf = require("gen.gguf")
local hash = require("gen.hash")
local model = require("gen.model")
local rope = require("gen.rope")
local tensor_types = require("gen.tensor_types")

local u32, u64, str, sorted = cases.u32, cases.u64, cases.str, cases.sorted
local folder <close> = cases.folder()
local path = folder.path .. "/bad.gguf"
local A = "bitnet-b1.58."

-- The smallest toy, changed by f.
local function toy(f, options)
  local spec = cases.toy(options or cases.SMALLEST)
  if f then f(spec) end
  return (cases.encode(spec))
end

local function setting(key, type, value, elem)
  return toy(function(spec) cases.set(spec, key, type, value, elem) end)
end

local function without(key)
  return toy(function(spec) cases.drop(spec, A .. key) end)
end

local function header(n_tensors, n_kv, rest) return "GGUF" .. u32(3) .. u64(n_tensors) .. u64(n_kv) .. (rest or "") end
local function one_kv(key, type, value) return header(0, 1, str(key) .. u32(type) .. value .. ("\0"):rep(64)) end

local function load_file(file_path) return model.load(gguf.read(file_path)) end
local function load_text(text) return model.load(gguf.parse(text, "toy.gguf")) end

-- The file `text` must give this error, within 0.1 s of CPU time unless `slow`.
local slowest = 0
local function bad(id, error_name, what, text, slow)
  cases.write(path, text)
  local start = os.clock()
  t.fails(error_name, function() load_file(path) end, id .. " " .. what)
  if not slow then slowest = math.max(slowest, os.clock() - start) end
end

local function message_of(f)
  local ok, e = pcall(f)
  return not ok and e.message or "no error"
end

-- arithmetic
local MAX = 1 << 53
t.is(checked.mul(1 << 26, 1 << 27, "E_GGUF_SIZE", "x"), MAX, "mul up to 2^53")
t.is(checked.mul(MAX, 0, "E_GGUF_SIZE", "x"), 0, "mul by 0")
t.is(checked.add(MAX - 1, 1, "E_GGUF_SIZE", "x"), MAX, "add up to 2^53")
t.is(checked.pad(33, 32, "E_GGUF_SIZE", "x"), 64, "pad up")
t.is(checked.pad(64, 32, "E_GGUF_SIZE", "x"), 64, "pad nothing")
for _, case in ipairs {
  { "mul", 1 << 27, 1 << 27 }, { "mul", -1, 1 }, { "mul", 0, -1 }, { "mul", 1 << 32, 1 << 32 }, { "add", MAX, 1 },
  { "add", -1, 1 }, { "add", 1, -1 }, { "add", math.maxinteger, 1 }, { "pad", -1, 32 }, { "pad", MAX, 32 },
} do
  local f, a, b = table.unpack(case)
  t.fails("E_GGUF_SIZE", function() checked[f](a, b, "E_GGUF_SIZE", "x") end, ("%s(%d, %d)"):format(f, a, b))
end
t.is(checked.text(5), "5", "5 in decimal")
t.is(checked.text(-1), "18446744073709551615", "2^64-1 in decimal")
t.is(checked.text(math.mininteger), "9223372036854775808", "2^63 in decimal")

-- the hash, against the test vectors of the FNV reference code
for text, want in sorted { [""] = "cbf29ce484222325", a = "af63dc4c8601ec8c", foobar = "85944171f73967e8" } do
  t.is(hash.hex(hash.fnv1a(hash.BASIS, text)), want, "FNV-1a 64 of '" .. text .. "'")
end
local fox = "the quick brown fox jumps over the lazy dog"
t.is(hash.fnv1a(hash.fnv1a(hash.BASIS, fox:sub(1, 13)), fox:sub(14)), hash.fnv1a(hash.BASIS, fox), "FNV-1a in pieces")

-- valid files
do
  local spec = cases.toy()
  local values = { u8 = 200, i8 = -3, u16 = 65535, i16 = -300, i32 = -70000, u64 = -1, i64 = 1 << 63, f64 = 0.1 }
  for type, value in sorted(values) do
    cases.set(spec, "x." .. type, type, value)
    cases.set(spec, "x." .. type .. "s", "array", { value, 1, 2 }, type)
  end
  cases.set(spec, "x.bools", "array", { true, false }, "bool")
  cases.set(spec, "x.none", "array", {}, "i8")
  local text, _, header_bytes = cases.encode(spec)
  local g = gguf.parse(text, "toy.gguf")
  for type, value in sorted(values) do
    local one, three = g.kv["x." .. type], g.kv["x." .. type .. "s"]
    t.ok(one.type == type and one.value == value, "value type " .. type)
    t.ok(three.elem == type and #three.value == 3 and three.value[1] == value and three.value[3] == 2, "array of " .. type)
  end
  t.ok(g.kv["x.bools"].value[1] == true and g.kv["x.bools"].value[2] == false, "value type bool")
  t.is(#g.kv["x.none"].value, 0, "empty array")
  t.is(g.kv[A .. "attention.layer_norm_rms_epsilon"].bits, 0x3727c5ac, "bits of 1e-5")
  t.is(g.kv_order[1] .. g.kv_order[#g.kv_order], spec.kv[1].key .. spec.kv[#spec.kv].key, "keys in file order")
  t.is(g.data_offset, (header_bytes + 31) & -32, "data offset")
  local right = 0
  for i, row in ipairs(g.tensors) do
    if text:sub(row.offset + 1, row.offset + row.bytes) == spec.tensors[i].data then right = right + 1 end
  end
  t.is(right, #spec.tensors, "offsets and sizes are those of the data written")
  local h = 0xcbf29ce484222325
  for b in (text:sub(1, g.data_offset) .. u64(#text)):gmatch(".") do h = (h ~ b:byte()) * 0x100000001b3 end
  t.is(g.hash, ("%016x"):format(h), "identity: header and size")
  local m = model.load(g)
  t.is(table.concat({ m.name, m.arch, m.n_layer, m.n_embd, m.n_head, m.n_head_kv, m.head_dim, m.n_ff, m.n_vocab,
    m.n_ctx_train, m.eps_bits, m.rope_base_bits, tostring(m.has_output), #m.warnings }, " "),
    "toy bitnet-b1.58 1 32 2 1 16 64 256 64 925353388 1176256512 false 0", "parameters")
  local down = m.tensors["blk.0.ffn_down.weight"]
  t.is(table.concat({ down.type, down.k, down.rows, down.bytes }, " "), "i2_s 64 32 544", "a tensor's row")
end

local SIZES = {
  f32 = 1024, f16 = 512, bf16 = 512, q8_0 = 272, q6_k = 210, q4_k = 144, q4_0 = 144, tq1_0 = 54, tq2_0 = 66, stq1_0 = 42, i2_s = 96,
}
for id, type in sorted(tensor_types) do
  if SIZES[type.name] then
    t.is(256 // type.block * type.block_bytes + type.tail, SIZES[type.name], "bytes of 256 elements of " .. type.name)
    t.is(type.id, id, "id of " .. type.name)
  end
end

for _, o in ipairs {
  { arch = "bitnet-25", output = true }, { norm = "f16", n_layer = 3 }, { rows = "q8_0" }, { rows = "bf16" }, { rows = "f32" },
  { rows = "q6_k", n_embd = 256 }, { rows = "q4_0" }, { rows = "q4_k", n_embd = 256 }, { rows = "q2_0", n_embd = 128 },
  { rows = "ptq1_0", n_embd = 128 }, cases.SMALLEST,
} do
  local m = load_text(toy(nil, o))
  t.is(table.concat({ #m.warnings, tostring(m.has_output), m.head_dim }, " "),
    table.concat({ 0, tostring(o.output or false), o.head_dim or (o.n_embd or 32) // 2 }, " "),
    "valid: " .. (o.arch or o.norm or o.rows or "key_length"))
end
t.is(load_text(toy(function(s) s.version = 2 end)).n_embd, 4, "version 2")
t.is(gguf.parse(toy(function(s)
  s.alignment = 64
  cases.set(s, "general.alignment", "u32", 64)
end), "x").data_offset % 64, 0, "alignment 64")
t.is(load_text(without("rope.freq_base")).rope_base_bits, 0x461c4000, "rope base defaults to 10000")
t.is(load_text(without("attention.head_count_kv")).n_head_kv, 16, "kv heads default to heads")
t.is(load_text(toy(function(s) s.tensors[2].dims = { 4, 1, 1 } end)).n_embd, 4, "trailing dimensions of 1")
t.is(load_text(toy(function(s) s.last_padded = false end)).n_embd, 4, "no padding after the last tensor")
t.is(load_text(without("vocab_size")).n_vocab, 256, "n_vocab without vocab_size")
for _, value in ipairs { 0.0, 1.0 } do
  t.is(load_text(setting(A .. "residual_scale", "f32", value)).n_embd, 4, "a scale that says nothing: " .. value)
end
t.is(#load_text(toy(function(s)
  table.insert(s.tensors, (table.remove(s.tensors, select(2, cases.tensor(s, "blk.0.ffn_down.weight")))))
  s.tail = ("x"):rep(4096)
end)).warnings, 1, "G60 trailing bytes after I2_S")
for _, elem in ipairs { "i32", "u32" } do
  local spec = cases.toy { n_layer = 2 }
  local numbers = { ["attention.head_count"] = 2, ["attention.head_count_kv"] = 1, feed_forward_length = 64 }
  for key, value in sorted(numbers) do
    cases.set(spec, A .. key, "array", { value, value }, elem)
  end
  t.is(load_text((cases.encode(spec))).n_ff, 64, "equal numbers per layer as " .. elem)
end
for arch in sorted(cases.ARCHS) do
  local m = load_text(toy(nil, { arch = arch, scales = arch == "bitnet" }))
  t.is(#m.warnings .. tostring(m.pooling), "0nil", "valid: " .. arch)
end
for pooling, want in sorted { ["0"] = "last 0", ["1"] = "last 1", ["3"] = "last 0" } do
  local m = load_text(toy(function(s)
    cases.set(s, "qwen3.pooling_type", "u32", math.tointeger(pooling))
  end, { arch = "qwen3", norm_inputs = true }))
  t.is(("%s %d"):format(m.pooling, #m.warnings), want, "a norm before every matrix, pooling_type " .. pooling)
end
t.is(load_text(setting(A .. "pooling_type", "u32", 3)).pooling, "last", "any architecture with pooling_type 3")

-- constants: 12, 1.4 / sqrt(2), 256 / 32; the keys, of which the last one divides
local function minicpm(f)
  local m = load_text(toy(f, { arch = "minicpm", n_layer = 2 }))
  local words = {}
  for i, field in ipairs { "embedding_bits", "residual_bits", "logit_bits" } do
    words[i] = ("%.9g"):format((("<f"):unpack(("<I4"):pack(m[field]))))
  end
  return table.concat(words, " ")
end
t.is(minicpm(), "12 0.989949465 8", "minicpm's constants")
t.is(minicpm(function(s)
  for key, value in sorted { embedding_scale = 2, residual_scale = 0.5, logit_scale = 4 } do
    cases.set(s, "minicpm." .. key, "f32", value)
  end
end), "2 0.5 0.25", "minicpm's keys")

-- longrope: one of two tensors, by the context
do
  local m = load_text(toy(function(s)
    cases.set(s, A .. "rope.scaling.type", "string", "longrope")
    cases.set(s, A .. "rope.scaling.original_context_length", "u32", 32)
    for i, name in ipairs { "rope_factors_short.weight", "rope_factors_long.weight" } do
      s.tensors[#s.tensors + 1] = { name = name, dims = { 1 }, type = 0, data = ("<f"):pack(i) }
    end
  end))
  t.is(rope.divisors(m, 32).name, "rope_factors_short.weight", "longrope up to the original context")
  t.is(rope.divisors(m, 33).name, "rope_factors_long.weight", "longrope beyond it")
end
t.is(load_text(setting(A .. "hidden_activation", "string", "silu")).activation, "silu", "the header's activation")
for type, factor in sorted { none = 4, linear = 1, yarn = 0 } do
  local text = toy(function(s)
    cases.set(s, A .. "rope.scaling.type", "string", type)
    cases.set(s, A .. "rope.scaling.factor", "f32", factor)
  end)
  t.is(load_text(text).n_embd, 4, "rope scaling that scales nothing: " .. type)
end

-- a header of several windows, read from a file
do
  local words, numbers = {}, {}
  for i = 1, 150000 do words[i], numbers[i] = "word" .. i, i * 3 end
  local spec = cases.set(cases.toy(), "x.words", "array", words, "string")
  cases.set(cases.set(spec, "x.numbers", "array", numbers, "u32"), "x.long", "string", ("0123456789"):rep(300000))
  cases.write(path, (cases.encode(spec)))
  local g = gguf.read(path)
  t.is(table.concat(g.kv["x.words"].value, " "), table.concat(words, " "), "strings across windows")
  t.is(table.concat(g.kv["x.numbers"].value, " "), table.concat(numbers, " "), "numbers across windows")
  t.is(#g.kv["x.long"].value, 3000000, "a string longer than a window")
end

do
  local spec = cases.toy()
  for i = 1, 100000 do cases.put(spec, "x." .. i, "u8", 0) end
  local text = cases.encode(spec)
  local start = os.clock()
  local g = gguf.parse(text, "toy.gguf")
  local seconds = os.clock() - start
  t.ok(#g.kv_order > 100000 and seconds < 1, ("G23 100000 distinct keys within 1 s (%.2f)"):format(seconds))
end

-- files that are none
t.fails("E_OPEN", function() gguf.read(folder.path .. "/missing") end, "G01 missing")
cases.write(path, toy())
os.execute("chmod 000 '" .. path .. "'")
if io.open(path) then t.skip("root reads everything", "G01 unreadable")
else t.fails("E_OPEN", function() gguf.read(path) end, "G01 unreadable") end
os.remove(path)
t.fails("E_NOT_REGULAR", function() gguf.read(folder.path) end, "G02 directory")
os.execute("mkfifo '" .. folder.path .. "/fifo'")
t.fails("E_NOT_REGULAR", function() gguf.read(folder.path .. "/fifo") end, "G02 fifo")
t.fails("E_NOT_REGULAR", function() gguf.read("/dev/zero") end, "G02 /dev/zero")
local odd = folder.path .. "/-a 'b' $(id) \"c\".gguf"
cases.write(odd, toy())
t.is(load_file(odd).name, "-a 'b' $(id) \"c\"", "a path with quotes, spaces and $(id)")

require("tests.gguf_bad")(bad, toy, setting, header, one_kv)
for arch in sorted(cases.ARCHS) do require("tests.gguf_bad_model")(bad, arch) end

-- messages
t.is(message_of(function() gguf.parse(header(0, 1, u64(-1) .. ("x"):rep(812)), "model.gguf") end),
  "model.gguf: byte 24: key 0 length 18446744073709551615 > 812 bytes left", "message of a string length")
t.is(message_of(function() gguf.parse("PK\3\4 and more", "m.zip") end), 'm.zip: begins with "PK??", not "GGUF"',
  "message of a magic")
t.is(message_of(function() load_text(setting("general.architecture", "string", "mamba")) end),
  "toy.gguf: architecture mamba is not supported; there are: bitnet, bitnet-25, bitnet-b1.58, gemma3, llama, minicpm, qwen3. "
  .. "Another one is a file in gen/arch/", "message of an architecture")
for arch in sorted(cases.ARCHS) do
  local options = setmetatable({ arch = arch, norm_inputs = arch == "gemma3" }, { __index = cases.SMALLEST })
  for i, row in ipairs(cases.toy(options).tensors) do
    local text = toy(function(s) table.remove(s.tensors, i) end, options)
    local message = message_of(function() load_text(text) end)
    -- the first of these norms tells that there are such norms
    local want = row.name:match("^blk%.0%.attn_q_norm_in") and "blk.0.attn_k_norm_in.weight is not supported" or row.name .. " is missing"
    t.is(message, "toy.gguf: " .. want, ("G65 %s without %s"):format(arch, row.name))
  end
end
local warnings = load_text(toy(function(s)
  s.tensors[#s.tensors + 1] = { name = "extra.weight", dims = { 1 }, type = 0, data = "0000" }
  s.tail = ("\0"):rep(64)
end)).warnings
t.is(table.concat(warnings, "\n"), "toy.gguf: 64 bytes after the last tensor are ignored\n" ..
  "toy.gguf: unused tensors: 1, beginning with extra.weight", "G60 G65 trailing bytes and unknown tensors are warnings")
t.ok(slowest < 0.1, ("every bad file is refused within 0.1 s (%.4f)"):format(slowest))
t.done()
