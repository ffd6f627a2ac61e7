#!/usr/bin/env lua5.4
-- mutate.t: the smallest valid file, cut and changed in thousands of ways in one process: each is read, or refused
-- with a named error, quickly and in little memory. MUTATE_SEED chooses the sample of changed bytes, MUTATE_SAMPLE its size.

package.path = "./?.lua"
local t = require("tests.tap")
local cases = require("tests.gguf_cases")
local gguf = require("gen.gguf")
local model = require("gen.model")
local vocab = require("gen.vocab")

local MAX_SECONDS, MAX_KIB = 2, 64 * 1024   -- what a bad file may take
local seed = math.tointeger(os.getenv("MUTATE_SEED") or 1)
local sample = math.tointeger(os.getenv("MUTATE_SAMPLE") or 6000)
math.randomseed(seed)
print(("# MUTATE_SEED=%d MUTATE_SAMPLE=%d"):format(seed, sample))

-- 256 byte tokens, two merged ones and one control token; every kind of key that the checks look at.
local function smallest()
  local options = { tokens = cases.byte_tokens(), merges = { "a b", "b c" }, token_type = {} }
  for key, value in pairs(cases.SMALLEST) do options[key] = value end
  table.move({ "ab", "bc", "<|eot_id|>" }, 1, 3, 257, options.tokens)
  for i = 1, 259 do options.token_type[i] = i == 259 and 3 or 1 end
  local spec = cases.toy(options)
  return cases.set(spec, "general.alignment", "u32", 32)
end

local valid, fields, header_bytes = cases.encode(smallest())

-- Outcomes so far: counts by error name, descriptions of what must not happen, the longest CPU time.
local outcomes, bugs, slowest = {}, {}, 0

local function load(text)
  local header = gguf.parse(text, "toy.gguf")
  local m = model.load(header)
  vocab.build(header.kv, m.n_vocab, "toy.gguf")
end

-- Loads a changed file; returns the name of its error or "ok".
local function try(text, format, ...)
  local start = os.clock()
  local ok, e = pcall(load, text)
  local seconds = os.clock() - start
  slowest = math.max(slowest, seconds)
  local name = ok and "ok" or type(e) == "table" and e.name
  if not name or seconds > MAX_SECONDS then
    bugs[#bugs + 1] = format:format(...) .. (": %s, %.3f s"):format(name or tostring(e), seconds)
  end
  name = name or "bug"
  outcomes[name] = (outcomes[name] or 0) + 1
  return name
end

-- Reports the bugs since the last call as one test.
local function report(what)
  t.ok(#bugs == 0, what)
  for i = 1, math.min(#bugs, 10) do print("# " .. bugs[i]) end
  bugs = {}
end

local function patched(offset, bytes) return valid:sub(1, offset) .. bytes .. valid:sub(offset + #bytes + 1) end

t.is(try(valid, "unchanged"), "ok", "the file is valid before it is changed")

local accepted = 0
for n = 0, #valid - 1 do
  -- Behind the header every cut is the same case: a tensor out of range.
  if n <= header_bytes or n % 37 == 0 or n > #valid - 64 then
    local name = try(valid:sub(1, n), "cut at byte %d", n)
    if name == "ok" then accepted = accepted + 1 end
  end
end
report("cut at every byte of the header")
-- The last tensor is 16 bytes, padded to 32: cuts in the padding leave a valid file.
t.is(accepted, 16, "only cuts in the last padding are accepted")

local VALUES = { 0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, math.maxinteger, math.mininteger, -1 }
for _, field in ipairs(fields) do
  local left = #valid - field.offset - field.width
  local format = field.width == 4 and "<I4" or "<i8"
  for i = 1, #VALUES + 2 do
    local value = VALUES[i] or left + i - #VALUES - 1
    if field.width == 8 or value >= 0 and value < 1 << 32 then
      try(patched(field.offset, format:pack(value)), "0x%x in %d bytes at byte %d", value, field.width, field.offset)
    end
  end
end
report("every u32 and u64 field at its extremes")

local BYTES = { "\x00", "\x01", "\x7f", "\x80", "\xff" }
for _ = 1, sample do
  local offset, byte = math.random(0, header_bytes - 1), BYTES[math.random(#BYTES)]
  try(patched(offset, byte), "0x%02x at byte %d", byte:byte(), offset)
end
report("changed bytes")

for _, name in ipairs {
  "ok", "E_GGUF_TRUNCATED", "E_GGUF_STR_LEN", "E_GGUF_TYPE", "E_GGUF_DIMS", "E_MODEL_TENSOR", "E_VOCAB_TOKEN",
} do
  t.ok(outcomes[name], "the changes reach " .. name)
end
local memory = io.open("/proc/self/status")
local peak = memory and tonumber(memory:read("a"):match("VmHWM:%s*(%d+) kB"))
if peak then t.ok(peak <= MAX_KIB, ("at most 64 MiB of memory (%d KiB)"):format(peak))
else t.skip("no /proc/self/status", "at most 64 MiB of memory") end

local names = {}
for name in pairs(outcomes) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do print(("# %6d %s"):format(outcomes[name], name)) end
print(("# slowest: %.3f s"):format(slowest))
t.done()
