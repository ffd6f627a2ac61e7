#!/usr/bin/env lua5.4
-- perplexity.t: the demo model against figures of other programs: perplexity of tests/sample.txt by bitnet.cpp and by PyTorch,
-- within 0.1 %; greedy continuations by PyTorch, equal; and the oracle's perplexity of the beginning, equal in every digit.
package.path = "./?.lua;" .. package.path

local programs = require("tests.programs")
local t = require("tests.tap")

local MODEL, TEXT = "models/shakespeare.gguf", "tests/sample.txt"
local known = dofile("models/shakespeare.lua")

-- Published: windows, scored tokens, bitnet.cpp, PyTorch float32 (models/README.md).
local figures = { { 256, 2540, 12.3410, 12.3446 }, { 512, 2550, 12.9065, 12.9050 } }

local function within(value, want) return math.abs(value / want - 1) <= 0.001 end

-- The oracle is slow: it judges the beginning of the text only, all of it with TEST_FULL.
local BEGINNING, WINDOW = "out/test/beginning.txt", 256
local oracle = programs.oracle()
local judged

local function judge(program)
  if judged then return judged end
  programs.run(("head -c %d %s >%s"):format(os.getenv("TEST_FULL") and 1 << 20 or 2900, TEXT, BEGINNING))
  programs.run(("%s tokenize --no-bos -f %s >out/test/beginning.ids"):format(program, BEGINNING))
  judged = programs.run(("%s %s perplexity %d out/test/beginning.ids"):format(oracle, MODEL, WINDOW))
  return judged
end

local function check_figures(program, name)
  for _, row in ipairs(figures) do
    local window, tokens, bitnet_cpp, pytorch = table.unpack(row)
    local json = programs.run(("%s perplexity %s --ctx %d --json"):format(program, TEXT, window))
    local value = json:match('"perplexity": ([%d.]+)')
    local what = ("%s, windows of %d: %s "):format(name, window, value)
    t.is(tonumber(json:match('"tokens": (%d+)')), tokens, what .. "tokens scored")
    t.ok(value and within(value, bitnet_cpp), what .. "within 0.1 % of bitnet.cpp's " .. bitnet_cpp)
    t.ok(value and within(value, pytorch), what .. "within 0.1 % of PyTorch's " .. pytorch)
  end
  local want, count = judge(program):match("(%S+) (%d+)")
  local json = programs.run(("%s perplexity %s --ctx %d --json"):format(program, BEGINNING, WINDOW))
  local value, tokens = json:match('"perplexity": ([%d.]+), "tokens": (%d+)')
  t.is(value, ("%%.%df"):format(#value:match("%.(%d+)")):format(want), name .. ": the oracle's perplexity")
  t.is(tokens, count, name .. ": the oracle's count")
end

local function check(target, with_figures)
  local program = ("%s%s/shakespeare"):format(target.prefix, programs.demo(target.name))
  if with_figures then check_figures(program, target.name) end
  for _, p in ipairs(known.prompts) do
    local text = programs.run(("%s run '%s' -n 32 --temp 0 --dense"):format(program, p.prompt))
    t.is(text, p.text, ("%s: greedy continuation of %s"):format(target.name, p.prompt))
  end
end

-- The figures are computed by the fastest target that runs here, by all with TEST_FULL: bits.t shows that they agree.
local fastest = programs.native()
for _, target in ipairs(programs.targets()) do
  if target.obstacle then
    t.skip(target.obstacle, target.name)
  else
    check(target, target.name == fastest or os.getenv("TEST_FULL"))
  end
end
t.done()
