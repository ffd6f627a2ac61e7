#!/usr/bin/env lua5.4
-- clang_format.t: the C that tritc writes is what clang-format makes of it with the project's .clang-format: for every target, kind of
-- rows, format of the weights and architecture. Nothing is compiled: the files have holes where the weights would be.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local model = require("gen.model")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")
local target = require("gen.target")

if not shell.has("clang-format") then
  t.skip("no clang-format", "the emitted C is clean")
  t.done()
end

local folder <close> = cases.folder()
local D = folder.path
local count = 0

-- Emits a model into a folder of its own; pieces: a glob of the files that count.
local function check(name, path, flags, pieces)
  count = count + 1
  local dir = ("%s/%d"):format(D, count)
  local _, code, err = programs.run(("gen/tritc emit %s %s -o %s"):format(path, flags, dir))
  if code ~= 0 then return t.is(err, "", name) end
  local wrong = programs.run(("cd %s && clang-format --dry-run --style=file:../.clang-format %s 2>&1 | head -n 3"):format(dir, pieces))
  t.is(wrong, "", name)
end

local function synth(shape, flags)
  local path = ("%s/m%d.gguf"):format(D, count)
  local _, code, err = programs.run(("gen/tritc synth %s --no-weights %s -o %s"):format(shape, flags, path))
  if code ~= 0 then error(err, 0) end
  return path
end

-- The emit runs with the compiler of this machine: what it would make of the flags is not asked.
programs.run(("cp .clang-format %s"):format(D))
local DEMO = "models/shakespeare.gguf"
for _, name in ipairs(target.names(".")) do
  local packings = target.load(".", name).packings
  check(name, DEMO, "--skip all --cc cc --target " .. name, "model.c model.h limits.c pack.c kernels-screen-*.c kernels-t*-*256*.c")
  for _, packing in ipairs(packings.t53 and { "t2", "s54", "b1" } or { "s54", "b1" }) do
    local flags = ("--skip none --cc cc --target %s --packing %s"):format(name, packing)
    if packings[packing] then check(("%s, %s"):format(name, packing), DEMO, flags, ("kernels-%s-*-k256.c"):format(packing)) end
  end
end
for _, embd in ipairs { "q8_0", "q6_k" } do
  check("rows of " .. embd, DEMO, "--target scalar --embd " .. embd, "model.c pack.c errors.h")
end
local WIDE = "bitnet-b1.58-2b-4t --layers 1 --vocab 1000 --embd 512 --ff 1536 --heads 4 --kv-heads 2 --head-dim 128"
local LARGE = "bitnet-b1.58-large --layers 1 --vocab 1000"        -- a shape for which there are tiles of TL1 and TL2
local names = {}
for name in pairs(require("gen.formats")) do names[#names + 1] = name end
table.sort(names)
for i, name in ipairs(names) do
  if os.getenv("TEST_FULL") or i % 3 == 0 then               -- synth compiles a program for each
    local path = synth(name:find("^tl") and LARGE or WIDE, "--weights " .. name)
    check("weights of " .. name, path, "--target scalar" .. (name == "tl1" and " --tl-config setup" or ""), "pack.c")
  end
end
for _, arch in ipairs(model.architectures()) do
  check("architecture " .. arch, synth("toy", "--arch " .. arch), "--target scalar", "model.c")
end
t.done()
