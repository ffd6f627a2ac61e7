#!/usr/bin/env lua5.4
-- wasm.t: programs of the target wasm32 under node: files, streams, exit codes and refusals as of any program. That they compute
-- the right thing is the business of bits.t, the matrix and self-test.
package.path = "./?.lua;" .. package.path

local commands = require("tests.commands")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local obstacle = not shell.has("node") and "no node" or not shell.has("wasm-ld") and "no wasm-ld"
if obstacle then
  t.skip(obstacle, "programs of wasm32")
  return t.done()
end

local M = "models/shakespeare.gguf"
local D = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", D }) end })
local R = shell.capture({ "pwd" }):match("[^\n]+")
local W, S = R .. "/" .. programs.demo("wasm32"), programs.build(M, "scalar")

local function scalar(command)
  local text = programs.run(("%s/shakespeare %s"):format(S, command))
  return #text > 5 and text or error("scalar: " .. command)
end

programs.run(("head -c 3000 tests/sample.txt >%s/text; head -c 100000 %s/shakespeare >%s/short; mkdir %s/bin; cp %s/shakespeare* %s/bin"):format(
  D, W, D, D, W, D))
commands.check(t, {
  { "self-test", "$N $W/shakespeare self-test", 0, "PASS ...\nPASS known answer 2\n" },
  { "greedy text", "$N $W/shakespeare run ROMEO: -n 20 --temp 0", 0, scalar("run ROMEO: -n 20 --temp 0"), "prompt: ..." },
  { "the choices are traced, too", "$N $W/shakespeare run ROMEO: -n 5 --trace --seed 7", 0, scalar("run ROMEO: -n 5 --trace --seed 7"), "prompt: ..." },
  { "a file from a relative path, a program moved", "cd $D && $N bin/shakespeare perplexity text", 0, scalar("perplexity " .. D .. "/text"), "..." },
  { "streams", "printf 'Who are you?\\n' | $N $W/shakespeare chat --temp 0 -n 12 2>&1", 0, "...\n..." },
  { "info", "$N $W/shakespeare info", 0, "name ...\ntarget             wasm32\n...threads            1\n...\nfits               yes\n" },
  { "no image", "$N $W/shakespeare run a -i $D/none", 66, nil, "error: E_OPEN: /.../none: ...\n" },
  { "an image cut short", "head -c 9000 $W/shakespeare.img >$D/cut && $N $W/shakespeare run a -i $D/cut", 65, nil, "error: E_MODEL_SIZE: ...\n" },
  { "a second thread", "$N $W/shakespeare run a -t 2", 64, nil, "error: E_USAGE: --threads '2': ...\n" },
  { "threads at build", "gen/tritc plan $M --target wasm32 --threads 2", 64, nil, "error: E_USAGE: --threads 2: at most 1 on target wasm32\n" },
  { "an image within the program", "gen/tritc emit $M --target wasm32 --embed -o $D/none", 69, nil, "error: E_TARGET: --embed: ...wasm32...\n" },
  { "a program cut short", "$N $D/short run a", 69, nil, "error: E_CPU: /.../short: no program that this node runs: ...\n" },
  { "no program", "$N $D/none", 66, nil, "error: E_OPEN: ...\n" },
  { "no argument", "$N", 64, nil, "error: E_USAGE: ...\n" },
}, { N = "node --no-warnings " .. R .. "/targets/wasm32.mjs", W = W, D = D, M = M })
t.done()
