#!/usr/bin/env lua5.4
-- oracle.t: the oracle against answers computed elsewhere: its parts in tests/oracle/check.c, the whole on
-- models/shakespeare.gguf with PyTorch's values, float32 throughout, so those need the build whose cache keeps f32.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")
local shell = require("gen.shell")

local MODEL = "models/shakespeare.gguf"
local CC = os.getenv("CC") or "cc"
local FLAGS = "-std=c11 -Wall -Wextra -Wpedantic -Werror -ffp-contract=off -fno-math-errno"
local PARTS = "gguf rows ternary tiles real ops rope model forward_bitnet forward_llama forward_qwen3 forward_gemma3 score"

local known = {
  { prompt = "870 58", -- ROMEO:
    logits = { 295, 7.7367, 348, 6.8165, 512, 6.4339, 441, 6.2290, 308, 6.1566 },
    rms = { 2.6223, 4.4501, 5.6822, 7.2393 },
    first = { -1.62078, 1.88211, 2.04336, -3.01531 },
    greedy = "295 831 418 44 295 831 418 286 870 266 73 475 258 269 855 100 44 300 295 464 325 308 258 269 855 100 "
      .. "286 870 266 73 475 258" },
  { prompt = "405 308 44 532 325 291 308", -- To be, or not to be
    logits = { 10, 5.5876, 100, 5.1790, 268, 5.1265, 269, 5.0298, 258, 4.9380 },
    rms = { 2.6118, 3.5443, 4.6507, 5.7598 },
    first = { 1.77783, -0.56707, -3.13563, -5.23473 },
    greedy = "10 405 308 258 269 117 122 122 122 282 44 300 295 464 325 308 10 405 269 117 121 367 44 300 295 464 "
      .. "325 308 258 269 364 297" },
}

local folder <close> = setmetatable({ path = shell.capture({ "mktemp", "-d" }):match("[^\n]+") },
  { __close = function(self) shell.try({ "rm", "-r", self.path }) end })

local function words(s)
  local list = {}
  for word in s:gmatch("%S+") do list[#list + 1] = word end
  return list
end

local function build(name, main, flags)
  local argv = words(CC .. " " .. FLAGS .. " " .. flags)
  for part in (PARTS .. " " .. main):gmatch("%S+") do argv[#argv + 1] = "tests/oracle/" .. part .. ".c" end
  argv[#argv + 1] = "-o"
  argv[#argv + 1] = folder.path .. "/" .. name
  t.ok(shell.try(argv), name .. " builds without warnings and without libm")
end

-- The output of a program of the folder.
local function run(name, arguments)
  return shell.capture({ folder.path .. "/" .. name, table.unpack(words(arguments)) }) or ""
end

local function numbers(s)
  local list = words(s)
  for i, word in ipairs(list) do list[i] = tonumber(word) or word end
  return list
end

-- |got - want| <= tolerance, relative to 1 or to want.
local function close(got, want, tolerance, relative, name)
  for i, x in ipairs(want) do
    local off = math.abs((tonumber(got[i]) or 1 / 0) - x) / (relative and math.abs(x) or 1)
    if not (off <= tolerance) then return t.ok(false, ("%s: %s for %s"):format(name, got[i], x)) end
  end
  t.ok(true, name)
end

-- The list of logits, id and value alternating, as ids and values.
local function halves(list)
  local ids, values = {}, {}
  for i = 1, #list, 2 do
    ids[#ids + 1] = list[i]
    values[#values + 1] = list[i + 1]
  end
  return table.concat(ids, " "), values
end

local function column(lines, n)
  local list = {}
  for line in lines:gmatch("[^\n]+") do list[#list + 1] = numbers(line)[n] end
  return list
end

build("check", "check", "-O2")
build("oracle", "main", "-O2")
build("oracle-O0", "main", "-O0")
build("oracle-f32", "main", "-O2 -DCACHE_F32")

local checks = 0
for line in run("check", ""):gmatch("[^\n]+") do
  checks = checks + 1
  t.ok(line:find("^ok "), line:match("ok (.*)"))
end
t.is(checks, 33, "all parts were checked")

for _, k in ipairs(known) do
  local ids, values = halves(numbers(run("oracle-f32", MODEL .. " logits " .. k.prompt)))
  local want_ids, want_values = halves(k.logits)
  t.is(ids, want_ids, k.prompt .. ": the five largest logits' ids")
  close(values, want_values, 2e-3, false, k.prompt .. ": the five largest logits")
  local hidden = run("oracle-f32", MODEL .. " hidden " .. k.prompt)
  close(column(hidden, 2), k.rms, 1e-3, true, k.prompt .. ": the residual's rms after each layer")
  close({ table.unpack(numbers(hidden), 3, 6) }, k.first, 1e-3, true, k.prompt .. ": the residual's first values")
  t.is(run("oracle-f32", MODEL .. " greedy 32 " .. k.prompt), k.greedy .. "\n", k.prompt .. ": greedy, cache f32")
end

-- With the f16 cache of the definition.
for _, k in ipairs(known) do
  t.is(run("oracle", MODEL .. " greedy 32 " .. k.prompt), k.greedy .. "\n", k.prompt .. ": greedy")
end

local traced = run("oracle", MODEL .. " trace " .. known[2].prompt)
t.is(select(2, traced:gsub("%d+ %d+ %x+\n", "")), 7, "trace: one line per position")
t.is(run("oracle-O0", MODEL .. " trace " .. known[2].prompt), traced, "trace: -O0 and -O2 agree in every bit")

-- Windows of 8 score positions 4, 5 and 6; the last two ids make no window.
local window = "405 308 44 532 325 291 308 10 "
local ids = folder.path .. "/ids"
local function perplexity(list)
  local file <close> = assert(io.open(ids, "w"))
  assert(file:write(list))
  assert(file:flush())
  return numbers(run("oracle", MODEL .. " perplexity 8 " .. ids))
end
local one, two = perplexity(window), perplexity(window .. window .. "10 405\n")
t.is(one[2], 3, "perplexity: three scored tokens in a window of 8")
t.is(two[2], 6, "perplexity: a partial window is dropped")
t.ok(math.abs(two[1] - one[1]) < 1e-12, "perplexity: windows do not see each other")

t.done()
