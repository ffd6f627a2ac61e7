#!/usr/bin/env lua5.4
-- bits.t: the promise. Logits hashes of every target, thread count and prefill batch equal the oracle's, position by position;
-- of models for embeddings the vectors do.
package.path = "./?.lua;" .. package.path

local archs = require("tests.archs")
local programs = require("tests.programs")
local t = require("tests.tap")

local DEMO = "models/shakespeare.gguf"
local TEXT = "To be, or not to be: that is the question. Whether 'tis nobler in the mind to suffer\nThe slings and arrows"
local FULL = os.getenv("TEST_FULL")

-- { threads, batch, further flags } of the runs compared with the oracle.
local all_runs = { { 1, 1 }, { 1, 7 }, { 1, 32 }, { 2, 1 }, { 2, 7 }, { 2, 32 } }
local arch_runs = FULL and all_runs or { { 1, 1 }, { 2, 7 }, { 1, 32 } }
local toy_runs = FULL and all_runs or { { 1, 32 }, { 2, 3 } }
local skip_runs = { { 1, 1 }, { 3, 1 }, { 2, 7 }, { 1, 32 }, { 2, 1, "--dense" } }
local emulated_runs = { { 1, 1 }, { 2, 7 } }   -- of a bounded run: a turn of the emulator takes a second or two, and armv8 has
                                               -- all of the demo and a toy

-- { name, model, text, runs, whether it embeds, flags of the build, of the oracle }: the demo model, synthetic ones with odd shapes, one of each architecture.
local function toy(name, flags) return programs.synth(name, "toy", flags) end
local cases = {
  { "demo, skipping", DEMO, TEXT, skip_runs, false, "--skip all" },
  { "demo", DEMO, TEXT, arch_runs },
  { "toy, skipping in ffn 260", toy("toy-odd", "--ff 260 --seed 1"), "the quick brown fox", skip_runs, false, "--skip all" },
  { "toy f32, bitnet-25, llama-bpe", toy("toy-f32", "--type f32 --arch bitnet-25 --pre llama-bpe --head separate --seed 5"), "hello there", toy_runs },
}
for _, arch in ipairs(archs) do
  local name, shape, flags, embeds = table.unpack(arch)
  table.insert(cases, { name, programs.synth("arch-" .. name, shape, flags), embeds and TEXT:gsub("\n", " ") or TEXT, arch_runs, embeds })
end

if FULL then       -- in a bounded run --dense of the one that skips, and rows that the build quantises in format_models.t
  local odd = toy("toy-odd", "--ff 260 --seed 1")
  table.insert(cases, { "toy f16, ffn 260", odd, "the quick brown fox", toy_runs })
  table.insert(cases, { "toy f16, --embd q8_0", odd, "the quick brown fox", toy_runs, false, "--embd q8_0", "--embd q8_0" })
  table.insert(cases, { "toy f32, head, --embd q6_k", toy("toy-256", "--embd 256 --heads 4 --kv-heads 1 --head-dim 64 --type f32 --head separate"),
    "hello there", toy_runs, false, "--embd q6_k", "--embd q6_k" })
end

-- The oracle's answer, asked for once: it has no target.
local oracle, answers = programs.oracle(), {}

local function answer(words)
  answers[words] = answers[words] or programs.run(oracle .. " " .. words)
  return answers[words]
end

-- What the oracle is asked, what the program: the trace of a text, or its vector.
local function check(case, target)
  local name, model, text, runs, embeds, flags, oracle_flags = table.unpack(case)
  if target.prefix ~= "" and (target.name ~= "armv8" or runs == arch_runs) and not FULL then runs = emulated_runs end
  local quoted = "'" .. text:gsub("'", "'\\''") .. "'"
  local folder = flags == "--skip all" and model == DEMO and programs.demo(target.name)
    or programs.build(model, target.name, flags)
  local program = ("%s%s/%s"):format(target.prefix, folder, model:match("([^/]*)%.gguf$"))
  local ids = programs.run(("%s tokenize %s"):format(program, quoted))
  local want = answer(("%s %s %s %s"):format(oracle_flags or "", model, embeds and "embed" or "trace", ids))
  t.ok(#want > 100, ("%s, %s: the oracle answers for %d ids"):format(name, target.name, select(2, ids:gsub("%d+", ""))))
  for _, run in ipairs(runs) do
    local got = programs.run(("printf %%s %s | %s %s -t %d -b %d %s"):format(quoted, program,
      embeds and "embed" or "run --trace -n 0", math.min(run[1], target.threads), run[2], run[3] or ""))
    t.is(got, want, ("%s, %s: %d thread(s), batch %d %s"):format(name, target.name, run[1], run[2], run[3] or ""))
  end
end

-- The demo model, whose layers skip, runs on every target; its attention and gates are dense, all of it is on this machine's best.
-- Of the others toys run in plain C, one on Arm, architectures by turns on Arm and on the best: all ops are met. In full length all
-- run on all.
local function wanted(i, target)
  if i == 1 or FULL then return true end
  if i == 2 then return target == programs.native() end
  if cases[i][4] ~= arch_runs then return target == "scalar" or i == 3 and target == "armv8" end
  return target == (i % 2 == 0 and "armv8" or programs.native())
end

for _, target in ipairs(programs.targets()) do
  for i, case in ipairs(cases) do
    if target.obstacle then
      t.skip(target.obstacle, ("%s, %s"):format(case[1], target.name))
    elseif wanted(i, target.name) then
      check(case, target)
    end
  end
end
t.done()
