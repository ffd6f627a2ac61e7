#!/usr/bin/env lua5.4
-- bits.t: the promise. Logits hashes of every target, thread count and prefill batch equal the oracle's, position by position.
package.path = "./?.lua;" .. package.path

local programs = require("tests.programs")
local t = require("tests.tap")

local DEMO = "models/shakespeare.gguf"
local FULL = os.getenv("TEST_FULL")

-- { name, model, text }: the demo model, and synthetic ones with every row type and odd shapes.
local function synth(name, flags) return programs.synth(name, "toy", flags) end
local cases = {
  { "demo", DEMO, "To be, or not to be: that is the question. Whether 'tis nobler in the mind to suffer\nThe slings and arrows" },
  { "toy f16, ffn 260", synth("toy-odd", "--ff 260 --seed 1"), "the quick brown fox" },
  { "toy q6_k, separate head", synth("toy-q6k", "--embd 256 --heads 4 --kv-heads 1 --head-dim 64 --type q6_k --head separate --seed 2"), "hello there" },
  { "toy q8_0, one kv head", synth("toy-q80", "--heads 8 --kv-heads 1 --head-dim 20 --type q8_0 --seed 3"), "hello there" },
  { "toy bf16, head size 80", synth("toy-bf16", "--heads 2 --kv-heads 2 --head-dim 80 --type bf16 --seed 4"), "hello there" },
  { "toy f32, bitnet-25, llama-bpe", synth("toy-f32", "--type f32 --arch bitnet-25 --pre llama-bpe --head separate --seed 5"), "hello there" },
}

-- { threads, batch } of the runs compared with the oracle.
local demo_runs = { { 1, 1 }, { 1, 7 }, { 1, 32 }, { 2, 1 }, { 2, 7 }, { 2, 32 } }
local toy_runs = FULL and demo_runs or { { 1, 32 }, { 2, 3 } }

local function check(case, target, oracle)
  local name, model, text = table.unpack(case)
  local folder = programs.build(model, target.name)
  local program = ("%s%s/%s"):format(target.prefix, folder, model:match("([^/]*)%.gguf$"))
  local ids = programs.run(("%s tokenize '%s'"):format(program, (text:gsub("'", "'\\''"))))
  local want = programs.run(("%s %s trace %s"):format(oracle, model, ids))
  t.ok(#want > 100, ("%s, %s: the oracle traces %d ids"):format(name, target.name, select(2, ids:gsub("%d+", ""))))
  for _, run in ipairs(model == DEMO and demo_runs or toy_runs) do
    local got = programs.run(("printf %%s '%s' | %s run --trace -n 0 -t %d -b %d"):format(text:gsub("'", "'\\''"), program, run[1], run[2]))
    t.is(got, want, ("%s, %s: %d thread(s), batch %d"):format(name, target.name, run[1], run[2]))
  end
end

local oracle = programs.oracle()
for _, target in ipairs(programs.targets()) do
  for _, case in ipairs(cases) do
    if target.obstacle then
      t.skip(target.obstacle, ("%s, %s"):format(case[1], target.name))
    else
      check(case, target, oracle)
    end
  end
end
t.done()
