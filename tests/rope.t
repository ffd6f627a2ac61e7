#!/usr/bin/env lua5.4
-- rope.t: the angles that pack writes for scaled positions, at position 1, against the definitions of their inventors in Lua's
-- own arithmetic: linear (a division), YaRN (pairs 17 to 34 of Bonsai-1.7B and 20 to 37 of Bonsai-8B ramp, as ggml computes
-- them), divisors from a tensor. Bits are the business of bits.t; here the last ones do not count.

package.path = "./?.lua;" .. package.path
local file = require("gen.file")
local gguf = require("gen.gguf")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })

local PAIRS = 64       -- heads of 128

local function must(command)
  local _, code, err = programs.run(command)
  if code ~= 0 then error(command .. "\n" .. err, 0) end
end

-- For each pair its angle at position 1 over that of unscaled positions, and by how much both sine and cosine are longer; the header.
local function packed(shape, flags)
  must(("gen/tritc synth %s --layers 1 --embd 32 --ff 32 --heads 1 --kv-heads 1 --head-dim 128 --vocab 300 --ctx 64 %s -o %s/m.gguf"):format(
    shape, flags, TEMP))
  must(("gen/tritc emit %s/m.gguf --target scalar -o %s/d && make -C %s/d -f build.mk pack CFLAGS='-O0 -ffp-contract=off'"):format(TEMP, TEMP, TEMP))
  must(("cd %s/d && ./pack ../m.gguf vocabulary.bin m.img"):format(TEMP))
  local header, offset = gguf.read(TEMP .. "/m.gguf"), file.read(TEMP .. "/d/report.txt"):match("\n(0x%x+) +%d+ +rope ")
  local base, image = header.kv[header.kv["general.architecture"].value .. ".rope.freq_base"].value, file.read(TEMP .. "/d/m.img")
  local ratios, lengths = {}, {}
  for j = 0, PAIRS - 1 do
    local at = tonumber(offset) + 4 * (2 * PAIRS + j) + 1                -- of position 1: cosines, then sines
    local c, s = string.unpack("<f", image, at), string.unpack("<f", image, at + 4 * PAIRS)
    ratios[j], lengths[j] = math.atan(s, c) / base ^ (-j / PAIRS), math.sqrt(c * c + s * s)
  end
  return ratios, lengths, header
end

local function check(name, got, want, tolerance)
  for j = 0, PAIRS - 1 do
    local off = math.abs(got[j] / want(j) - 1)
    if not (off < tolerance) then return t.ok(false, ("%s: pair %d is %.9g, not %.9g"):format(name, j, got[j], want(j))) end
  end
  t.ok(true, name)
end

local function ramp(low, high)
  return function(j)
    local share = math.max(0, math.min(1, (j - low) / (high - low)))
    return share / 4 + (1 - share)
  end
end

local function one() return 1 end
local function lengthened() return 1 + 0.1 * math.log(4) end

local ratios, lengths = packed("toy", "")
check("no scaling", ratios, one, 1e-5)
check("no scaling: lengths", lengths, one, 1e-6)
ratios, lengths = packed("toy", "--rope linear")
check("linear, factor 4", ratios, function() return 0.25 end, 1e-5)
check("linear: lengths", lengths, one, 1e-6)
for _, case in ipairs({ { "ternary-bonsai-1.7b", 17, 34 }, { "ternary-bonsai-8b", 20, 37 } }) do
  local shape, low, high = table.unpack(case)
  ratios, lengths = packed(shape, "")
  check(shape .. ": YaRN's ramp", ratios, ramp(low, high), 1e-5)
  check(shape .. ": YaRN's lengths", lengths, lengthened, 1e-6)
end
for _, case in ipairs({ { "freqs", "rope_freqs.weight" }, { "longrope", "rope_factors_long.weight" } }) do
  local rope, name = table.unpack(case)
  local header
  ratios, lengths, header = packed("toy", "--arch llama --rope " .. rope)
  local divisors
  for _, tensor in ipairs(header.tensors) do
    if tensor.name == name then divisors = file.read(header.path):sub(tensor.offset + 1, tensor.offset + tensor.bytes) end
  end
  check(rope .. ": divisors", ratios, function(j) return 1 / string.unpack("<f", divisors, 4 * j + 1) end, 1e-5)
  check(rope .. ": lengths", lengths, one, 1e-6)
end

-- Divisors that cannot be: the second pair's, in a file changed behind its header.
packed("toy", "--arch llama --rope freqs")
local path = TEMP .. "/m.gguf"
local text, header = file.read(path), gguf.read(path)
for _, case in ipairs({ { 0, "E_MODEL_PARAM" }, { -1, "E_MODEL_PARAM" }, { 1e-9, "E_MODEL_PARAM" }, { 0 / 0, "E_MODEL_SCALE" } }) do
  for _, tensor in ipairs(header.tensors) do
    if tensor.name == "rope_freqs.weight" then
      file.write(path, text:sub(1, tensor.offset + 4) .. string.pack("<f", case[1]) .. text:sub(tensor.offset + 9))
    end
  end
  local _, code, err = programs.run(("cd %s/d && ./pack ../m.gguf vocabulary.bin m.img"):format(TEMP))
  t.ok(code == 65 and err:find(case[2]), ("a divisor of %g: %s"):format(case[1], case[2]))
end
t.done()
