#!/usr/bin/env lua5.4
-- format_models.t: small models in every format of ternary weights: the oracle reads each a second time, and the program has its
-- logits, bit by bit; packings that hold some formats only.
-- Contract: docs/FORMATS.md, docs/NUMERICS.md 2.2 and 2.3.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local formats = require("gen.formats")
local programs = require("tests.programs")
local target_facts = require("gen.target")
local t = require("tests.tap")

local FULL = os.getenv("TEST_FULL")
local folder <close> = cases.folder()
local variables = { D = folder.path }

local oracle = programs.oracle()

-- Models with 24 rows of k and v, no multiple of a tile; of TL1 and TL2 those that have tiles. rows: the type of embedding and head, "-":
-- f16 and one scale; "f32": the same with a head of its own; else scales differ, some weights are +2 where the format has them, and ffn_down has three groups of columns.
local function synth(name, rows)
  local format = formats[name]
  if format.tiled then
    return programs.synth(("weights-%s-bitnet-b1.58-large"):format(name), "bitnet-b1.58-large", "--layers 1 --vocab 300 --ctx 64 --weights " .. name)
  end
  local even = rows == "-" and "" or rows == "f32" and "--type f32 --head separate"
  local ff = even and 768 or 3 * (math.type(format.per) and format.per or 64)
  return programs.synth(("weights-%s-%s-%d"):format(name, rows, ff), "toy",
    ("--embd 256 --ff %d --heads 32 --kv-heads 1 --head-dim 24 --seed 21 --weights %s %s"):format(ff, name, even or "--uneven --type " .. rows))
end

local function trace(path, ids, flags) return programs.run(("%s %s %s trace %s"):format(oracle, flags or "--act token", path, ids)) end

-- ---- the oracle: the same weights in another format, the same logits ----

local WEIGHTS_OF = { q1_0_g32 = "q1_0", iq2_bn = "tq2_0", iq2_bn_r4 = "tq2_0", iq1_bn = "tq2_0", tq1_0 = "tq2_0", q2_0 = "tq2_0", q2_0_g128 = "tq2_0", pq2_0 = "tq2_0", ptq1_0 = "tq2_0", tl1 = "tl2" }
for name, other in cases.sorted(WEIGHTS_OF) do
  local got = trace(synth(name, "-"), "17 4 99")
  t.ok(#got > 60 and got == trace(synth(other, "-"), "17 4 99"), ("%s: the oracle's logits are those of %s"):format(name, other))
end
for _, name in ipairs { "stq1_0", "q1_0" } do
  local path, other = synth(name, "-"), folder.path .. "/i2_s.gguf"
  programs.run(("gen/tritc requantize %s %s --to i2_s"):format(path, other))
  t.ok(trace(path, "17 4 99") == trace(other, "17 4 99"), name .. ": the oracle's logits are those of I2_S")
end

-- ---- the program: the oracle's logits ----

-- what: format, activations, type of the rows and flags of the build, of which --embd is the oracle's, too.
local function check(what, target)
  local name, act, rows, flags = what:match("(%S+) (%S+) (%S+)(.*)")
  what = ("%s on %s"):format(what, target.name)
  if target.obstacle then return t.skip(target.obstacle, what) end
  local path = synth(name, rows)
  local dir = programs.build(path, target.name, ("--act %s%s%s"):format(act, formats[name].tiled and " --tl-config setup" or "", flags))
  local program = ("%s%s/%s"):format(target.prefix, dir, path:match("([^/]*)%.gguf$"))
  local ids = programs.run(program .. " tokenize 'hello there'")
  local expected = trace(path, ids, ("%s --act %s"):format(flags:match("%-%-embd %S+") or "", act))
  for _, run in ipairs { { 1, 1 }, { 1, 32 }, { 2, 32 }, { 2, 3 } } do
    local threads, batch = math.min(run[1], target.threads), run[2]
    t.is(programs.run(("%s run --trace -n 0 -t %d -b %d 'hello there'"):format(program, threads, batch)), expected, ("%s: %d thread(s), batch %d"):format(what, threads, batch))
  end
end

-- One scale in each matrix, in the packing that only this format fits; in ordinary ones where no weight is +2; scales that differ, weights
-- of +2; activations of both kinds; embedding and head in every type of rows, and in those that --embd makes.
local SELECTION = {
  scalar = { "q1_0 token - --packing b1 --embd q8_0", "iq2_bn_r4 token q4_0", "tq2_0 group32 q1_0_g32", "q1_0_g32 token ptq1_0" },
  armv8 = { "stq1_0 token f32 --packing s54 --embd q6_k", "q2_0 token q4_k", "q1_0 group32 q1_0" },
  [programs.native()] = { "stq1_0 token - --packing s54", "q2_0 token -", "q2_0 group32 q2_0", "stq1_0 token q4_k" },
}

-- In full length: every format with both kinds of activations, on one target of each kind; each of the others takes every fifth.
local KINDS = { scalar = true, armv8 = true, ["armv8-dotprod"] = true, ["x86-64-v3"] = true, [programs.native()] = true }
local ROWS = { "q4_0", "q4_k", "q8_0", "q6_k", "q1_0", "q1_0_g32", "q2_0", "q2_0_g128", "ptq1_0", "bf16" }
local all = { "q1_0 token - --packing b1", "stq1_0 token - --packing s54", "q2_0 token -", "i2_s token -", "i2_s group32 -", "tl1 token -", "tl2 token -" }
for name, row in cases.sorted(formats) do
  for _, act in ipairs(row.per ~= "tensor" and { "token", "group32" } or {}) do
    all[#all + 1] = ("%s %s %s"):format(name, act, ROWS[#all % #ROWS + 1])
  end
end

for n, target in ipairs(programs.targets()) do
  for i, what in ipairs(FULL and all or SELECTION[target.name] or {}) do
    local packing = what:match("%-%-packing (%w+)")
    local has = not packing or target_facts.load(".", target.name).packings[packing]
    if has and (not FULL or KINDS[target.name] or (i + n) % 5 == 0) then check(what, target) end
  end
end

-- ---- packings that hold some weights only: the packer knows, which needs no program ----

local PACK = "gen/tritc emit %s --target scalar --packing %s --skip none -o $D/pack && make -s -C $D/pack -f build.mk pack CFLAGS=-O0 >$D/log && "
  .. "$D/pack/pack %s $D/pack/vocabulary.bin $D/image"

local function does_not_fit(name, packing, error_text)
  local path = synth(name, "-")
  return { ("%s does not hold %s"):format(packing, name), PACK:format(path, packing, path), 69, nil,
    "warning: ...wrote ...error: E_MODEL_PACKING: blk.0.attn_q.weight: " .. error_text .. "\n" }
end
commands.check(t, {
  does_not_fit("tq2_0", "s54", "of the weights ... are zero; s54 has one of four"),
  does_not_fit("stq1_0", "b1", "a weight is zero; b1 has -1 and +1"),
}, variables)
t.done()
