#!/usr/bin/env lua5.4
-- requantize.t: tritc requantize writes the bytes that the encoders of tests/format_cases.lua write, from any format, and refuses
-- what a format cannot hold exactly; tritc analyze counts what they put there.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local encoders = require("tests.format_cases")
local gguf = require("gen.gguf")
local json = require("gen.json")
local programs = require("tests.programs")
local t = require("tests.tap")

local folder <close> = cases.folder()
local variables = { D = folder.path }

-- Weights, and weights of which each four, 16 apart, have one 0.
local w, sherry = {}, {}
for i = 0, 255 do
  w[i + 1] = (i * i + 3 * i + (i >> 4)) % 7 % 3 - 1
  sherry[i + 1] = (i // 16 + i) % 4 == 0 and 0 or (i * i // 3) % 2 * 2 - 1
end

local function write(name, spec)
  cases.write(("%s/%s.gguf"):format(folder.path, name), (cases.encode(spec)))
end

local function read(name) return gguf.read(("%s/%s.gguf"):format(folder.path, name)) end

-- The bytes of a tensor, and whether those of all other tensors and all keys but general.file_type are the same in two files.
local function bytes_of(header, tensor)
  local f <close> = assert(io.open(header.path, "rb"))
  f:seek("set", tensor.offset)
  return f:read(tensor.bytes)
end

local function same_rest(a, b)
  for i, tensor in ipairs(a.tensors) do
    local other = b.tensors[i]
    if tensor.name ~= other.name or tensor.type == other.type and bytes_of(a, tensor) ~= bytes_of(b, other) then return false end
  end
  for _, key in ipairs(a.kv_order) do
    local value, other = a.kv[key], b.kv[key]
    if key ~= "general.file_type" and (not other or value.type ~= other.type or value.bits ~= other.bits
      or type(value.value) ~= "table" and value.value ~= other.value) then return false end
  end
  return true
end

local function run(from, to, format)
  local _, code, err = programs.run(("gen/tritc requantize %s/%s.gguf %s/%s.gguf --to %s"):format(folder.path, from, folder.path, to,
    format))
  return code == 0 and "done" or err
end

-- ---- from each format to each: the bytes of the encoders ----

local TYPES = { i2_s = 36, tq1_0 = 34, tq2_0 = 35, iq1_bn = 134, iq2_bn = 135, stq1_0 = 43 }
local PAIRS = {
  { "i2_s", "tq1_0" }, { "tq1_0", "tq2_0" }, { "tq2_0", "iq1_bn" }, { "iq1_bn", "iq2_bn" }, { "iq2_bn", "i2_s" },
  { "i2_s", "stq1_0" }, { "stq1_0", "iq1_bn" },
}
for _, pair in ipairs(PAIRS) do
  local from, to = table.unpack(pair)
  local weights = (from == "stq1_0" or to == "stq1_0") and sherry or w
  local spec = encoders.toy(from, TYPES[from], weights)
  write(from, spec)
  local result = run(from, "out", to)
  t.is(result, "done", ("%s to %s"):format(from, to))
  if result == "done" then
    local got, source = read("out"), read(from)
    local same, count = true, 0
    for _, tensor in ipairs(got.tensors) do
      if tensor.type == to then
        local k, list = tensor.dims[1], {}
        for first = 0, k - 1, 256 do table.move(weights, 1, 256, first + 1, list) end
        local want = encoders.matrix(to, list, k, tensor.dims[2])
        if to == "i2_s" then want = want:gsub(("\xaa"):rep(28) .. "$", ("\0"):rep(28)) end     -- a tail that says nothing
        same, count = same and bytes_of(got, tensor) == want, count + 1
      end
    end
    t.ok(same and count >= 7, ("%s to %s: %d matrices as encoded"):format(from, to, count))
    t.ok(same_rest(source, got), ("%s to %s: all else as it was"):format(from, to))
  end
end

local function file_type(to)
  write("i2_s", cases.set(encoders.toy("i2_s", 36, w), "general.file_type", "u32", 40))
  run("i2_s", "out", to)
  return read("out").kv["general.file_type"]
end
t.is(file_type("tq2_0").value, 37, "general.file_type says the new format")

-- ---- what a format cannot hold ----

local function changed(at, bytes)
  local spec = encoders.toy("i2_s", 36, sherry)
  local row = cases.tensor(spec, "blk.0.ffn_down.weight")
  local from = at % #row.data
  row.data = row.data:sub(1, from) .. bytes .. row.data:sub(from + #bytes + 1)
  return spec
end

write("finer", changed(-32, ("<f"):pack(0.1)))
write("denser", changed(0, "\xaa"))
write("nan", changed(-32, ("<f"):pack(0 / 0)))
write("shape", cases.toy { n_embd = 128, n_head = 32, n_head_kv = 1, n_ff = 384 })
local two = encoders.toy("tq2_0", 35, w)
local row = cases.tensor(two, "blk.0.ffn_down.weight")
row.data = row.data:sub(1, 64) .. "\0\x3c" .. row.data:sub(67)
write("two", two)
local plus_two = encoders.toy("q2_0", 42, sherry)      -- the first weight of 1 is 2
local of_two = cases.tensor(plus_two, "blk.0.ffn_down.weight")
of_two.data = of_two.data:gsub("^(..)(.)", function(scale, byte) return scale .. string.char(byte:byte() | byte:byte() >> 1 & 0x55) end)
write("plus_two", plus_two)
local rest = "; ls $D | grep out; exit $code"
local function refused(what, name, to, code, error_text)
  return { what, ("rm -f $D/out.gguf; gen/tritc requantize $D/%s.gguf $D/out.gguf --to %s; code=$?%s"):format(name, to, rest), code, nil, error_text }
end
commands.check(t, {
  refused("a scale that f16 does not hold", "finer", "tq2_0", 69, "error: E_FORMAT_LOSS: blk.0.ffn_down.weight: the scale 0.100000001 is no f16, which tq2_0 has\n"),
  refused("four weights with more than one 0", "i2_s", "stq1_0", 69, "error: E_FORMAT_LOSS: blk.0.attn_q.weight: of four weights, 16 apart, ... are zero; stq1_0 has one\n"),
  refused("four weights without a 0", "denser", "stq1_0", 69, "error: E_FORMAT_LOSS: blk.0.ffn_down.weight: of four weights, 16 apart, 0 are zero; stq1_0 has one\n"),
  refused("two scales", "two", "i2_s", 69, "error: E_FORMAT_LOSS: blk.0.ffn_down.weight: scales 1 and 0.5 where i2_s has one\n"),
  refused("a weight of +2", "plus_two", "tq2_0", 69, "error: E_FORMAT_LOSS: blk.0.ffn_down.weight: a weight of +2, which tq2_0 does not have\n"),
  refused("a weight of +2 beside a 0", "plus_two", "stq1_0", 69, "error: E_FORMAT_LOSS: blk.0.ffn_down.weight: a weight of +2, which stq1_0 does not have\n"),
  refused("a scale of NaN", "nan", "iq2_bn", 65, "error: E_MODEL_SCALE: blk.0.ffn_down.weight...\n"),
  refused("rows that are no whole blocks", "shape", "tq1_0", 65, "error: E_GGUF_SHAPE: shape.gguf: blk.0.attn_q.weight: 128 x 128 do not fill the blocks of tq1_0\n"),
  refused("a format that cannot be written", "i2_s", "tl1", 64, "error: E_USAGE: requantize: --to tl1: one of i2_s iq1_bn iq2_bn stq1_0 tq1_0 tq2_0\n"),
  { "no format", "gen/tritc requantize $D/i2_s.gguf $D/out.gguf", 64, nil, "error: E_USAGE: requantize: --to FORMAT is missing...\n" },
  { "no output", "gen/tritc requantize $D/i2_s.gguf --to tq2_0", 64, nil, "error: E_USAGE: requantize: OUT.gguf is missing\n" },
  { "a folder as output", "gen/tritc requantize $D/i2_s.gguf $D --to tq2_0", 73, nil, "error: E_OUT_CREATE...\n" },
}, variables)

-- ---- analyze ----

local function analyzed(name)
  local text = programs.run(("gen/tritc analyze %s/%s.gguf --json"):format(folder.path, name))
  for _, tensor in ipairs(json.parse(text, name)) do
    if tensor.tensor == "blk.0.ffn_down.weight" then return tensor end
  end
end

local rows = { minus_one = 0, zero = 0, plus_one = 0 }
for _, v in ipairs(w) do
  local name = v < 0 and "minus_one" or v == 0 and "zero" or "plus_one"
  rows[name] = rows[name] + 1
end
write("i2_s", encoders.toy("i2_s", 36, w))
write("stq1_0", encoders.toy("stq1_0", 43, sherry))
local dense, sparse, down = analyzed("i2_s"), analyzed("stq1_0"), cases.tensor(encoders.toy("i2_s", 36, w), "blk.0.ffn_down.weight")
local blocks = down.dims[1] // 256 * down.dims[2]
for name, count in cases.sorted(rows) do t.is(dense[name], count * blocks, "analyze: " .. name) end
local bits = 0
for _, count in cases.sorted(rows) do bits = bits - count / 256 * math.log(count / 256, 2) end
t.ok(math.abs(dense.entropy - bits) < 0.001, "analyze: entropy")
t.is(("%g %g %d"):format(dense.scale_min, dense.scale_max, dense.scales), "0.5 0.5 1", "analyze: one scale")
t.ok(dense.fours_with_one_zero < dense.fours and sparse.fours_with_one_zero == sparse.fours, "analyze: which weights are 3:4")
t.is(("%s %s %s %s"):format(sparse.t2_bytes, sparse.t53_bytes, sparse.s54_bytes, sparse.b1_bytes), "49152 40960 30720 null", "analyze: bytes in each packing")
local twos = analyzed("plus_two")
t.is(("%s %s %s"):format(twos.t2_bytes, twos.t53_bytes, twos.plus_two > 0), "49152 null true", "analyze: t2 alone holds a weight of +2")
t.is(tostring(dense.s54_bytes), "null", "analyze: s54 does not hold all matrices")
t.is(analyzed("two").scale_max / analyzed("two").scale_min, 2.0, "analyze: two scales")
commands.check(t, { { "analyze prints a table", "gen/tritc analyze $D/i2_s.gguf | tail -1", 0, "all ... - ...\n" } }, variables)
t.done()
