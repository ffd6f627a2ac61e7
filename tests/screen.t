#!/usr/bin/env lua5.4
-- screen.t: the screened head chooses as the full one does, bit for bit: tests/screen.c in the programs of models whose rows are made
-- to mislead it, on every target. The judge is the full head. Bounds that are too small must be found.

package.path = "./?.lua;" .. package.path
local file = require("gen.file")
local gguf = require("gen.gguf")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")
local target_facts = require("gen.target")

local FULL = os.getenv("TEST_FULL")
local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })

-- ---- rows ----

-- The nearest f16 at or below x in size, as bytes; denormals too.
local function f16(x)
  local sign, a = x < 0 and 0x8000 or 0, math.abs(x)
  local e = -14
  while a >= 2.0 ^ (e + 1) and e < 15 do e = e + 1 end
  local fraction = math.floor(a / 2.0 ^ e * 1024)
  return ("<I2"):pack(sign + (e + 14) * 1024 + math.min(fraction, 2047))
end

local ENCODE = {
  f16 = f16,
  bf16 = function(x) return ("<f"):pack(x):sub(3, 4) end,
  f32 = function(x) return ("<f"):pack(x) end,
}

local function constant(x) return function() return x end end

-- Makers of rows: element k (from 0) of row i, or of the row before it.
local ROWS = {
  { "an equal row", function(_, _, before) return before end },
  { "a near tie", function(k, i, before) return k == i % 7 and before * 1.002 or before end },
  { "zero", constant(0) },
  { "one element", function(k) return k == 0 and 1 or 0 end },
  { "rounding errors that add up", function(k) return k == 0 and 127 / 64 or 0.498 / 64 end },
  { "no rounding error", constant(127 / 256) },
  { "whole steps", function(k, i) return (k == 0 and 127 or (k * 37 + i * 11) % 255 - 127) / 128 end },
  { "denormal", function(k, i) return ((k + i) % 5 - 2) * 2.0 ^ -24 end },
  { "swapped", function(k, _, _, row) return row[k ~ 16] or row[k] end },
  { "of another sign", function(_, _, before) return -before end },
  { "near the largest number", function(k) return k % 3 * 3e38 - 3e38 end, beyond = true },
  { "one huge element", function(k, i, before) return k == i % 5 and 60000 or before / 64 end, huge = true },
  { "all huge", function(k) return k % 2 * 2 * 65504 - 65504 end, huge = true },
}

-- A model with every third row of embedding and head replaced, in turn by each maker; with all rows equal.
local function mislead(path, out, model)
  local header, text = gguf.read(path), file.read(path)
  local parts, at = {}, 1
  for _, w in ipairs(header.tensors) do
    local encode, k_max = ENCODE[w.type], w.dims[1]
    if encode and #w.dims == 2 and w.dims[2] > 1 then
      local size, before = #encode(0), {}
      local turn = 0
      for k = 0, k_max - 1 do before[k] = math.sin(k * k) * 0.1 end
      parts[#parts + 1] = text:sub(at, w.offset)
      for i = 0, w.dims[2] - 1 do
        local from = w.offset + i * k_max * size
        if i % 3 == 0 or model.equal then
          local maker
          repeat
            turn = turn + 1
            maker = ROWS[model.equal and 1 or turn % #ROWS + 1]
          until (model.huge or not maker.huge) and (model.beyond or not maker.beyond)
          local row, bytes = {}, {}
          for k = 0, k_max - 1 do
            row[k] = maker[2](k, i, before[k], before)
            bytes[k + 1] = encode(row[k])
          end
          if turn % 3 > 0 then before = row end
          parts[#parts + 1] = table.concat(bytes)
        else
          parts[#parts + 1] = text:sub(from + 1, from + k_max * size)
        end
      end
      at = w.offset + w.dims[2] * k_max * size + 1
    end
  end
  parts[#parts + 1] = text:sub(at)
  file.write(out, table.concat(parts))
end

-- ---- programs ----

-- The parts of a program that tests/screen.c calls. In a bounded run model and kernels as programs.build compiles them, the rest
-- without optimisation.
local RUNTIME = "cores cpu engine error huge map sample screen team"
local LEVEL = { model = FULL and "-O2" or programs.QUICK, runtime = FULL and "-O2" or "-O0" }

local AT = programs.SH .. [[at() { level=$1; shift; MAKEFLAGS= compile "$(is CFLAGS | sed "s/ -O2 / $level /")" "$@"; }
  ]]
local BUILD = [[gen/tritc emit "$1" --target "$2" --skip none $3 -o "$4" && cd "$4" && ]]
  .. [[at "$5" pack $(printf 'runtime/%s.o ' $7) && at "$6" model.o $(objects KERNELS) && ]]
  .. [[./pack "$1" vocabulary.bin image]]

-- The folder of a model's parts for a target, and of its `image`. A warning of the compiler is a failure.
local function build(model, target)
  local folder = ("%s/%s-%s"):format(TEMP, model.name, target)
  local words = { "sh", "-c", AT .. BUILD, "sh", model.path, target, FULL and "" or "--unroll 1", folder, LEVEL.runtime, LEVEL.model, RUNTIME }
  local _, code, err = programs.run(shell.line(words))
  if code ~= 0 or err:find(":%d+:%d+: warning: ") then error("building " .. folder .. " failed:\n" .. err, 0) end
  return folder
end

local LINK = [[%s -std=c11 -O2 -MMD -Wall -Wextra -Werror -ffp-contract=off -DY=%s -IDIR -IDIR/runtime -c -o DIR/screen.o \
    tests/screen.c && %s -o DIR/screen DIR/runtime/*.o DIR/*.o -pthread]]

-- The test program of a build: its path. In two steps, so that ccache has the first for all mutants.
local function link(folder)
  local cc = file.read(folder .. "/build.mk"):match("\nCC *= ([^\n]*)")
  local y = file.read(folder .. "/report.txt"):match("\n *(0x%x+) +%d+ +y ") or error("no y in the arena", 0)
  local _, code, err = programs.run((LINK:format(cc, y, cc):gsub("DIR", folder)))
  if code ~= 0 then error(err, 0) end
  return folder .. "/screen"
end

local LIMIT = FULL and 1800 or 300   -- seconds, for what hangs: 60 turns under an emulator take 230 of a core's own

local function run(program, image, threads, turns, screened)
  return programs.run(("timeout %d %s %s %d %d %s"):format(LIMIT, program, image, threads, turns, screened or "some"))
end

local function show(text) print("# " .. text:sub(-2000):gsub("\n", "\n# ")) end

-- Every check of the program is one test.
local function check(name, program, image, threads, turns, screened)
  local text, code, err = run(program, image, threads, turns, screened)
  local count = 0
  for good, what in text:gmatch("\n?(%l-) ?ok %d+ %- ([^\n]+)") do
    count = count + 1
    if good ~= "" then t.ok(false, ("%s: %s"):format(name, what)) end
  end
  if not t.ok(code == 0 and count > 0 and text:find("\n1.." .. count .. "\n", 1, true), ("%s: %d checks"):format(name, count)) then
    show(text .. err)
  end
  return text
end

-- ---- mutants of the bounds: file, text, replacement ----

local MUTANTS = {
  { "a part of the rows' rounding", "model.c", "(float)(size * slack)", "(float)(size * 0.98)" },
  { "a part of the residual", "model.c", "((rest + gamma", "((rest * 0.9 + gamma" },
  { "the roundings of the sums", "model.c", "gamma * size + 0x1p-21 * (size + rest)", "0" },
  { "a residual of one element", "model.c", "rest += r * r;", "rest = r * r;" },
  { "a threshold too high", "runtime/screen.c", "all[0] :", "(all[0] + 0.5f) :" },
  { "min-p against the mean", "runtime/screen.c", "+ log_p -", "+ 0.5 * log_p -" },
  { "penalised ids forgotten", "runtime/screen.c", "    except(s, rows);\n", "" },
  { "ties cut off", "runtime/screen.c", ">= least_upper", "> least_upper + 1e-2f" },
  { "candidates lost between threads", "runtime/screen.c", "at < part.to", "at < part.to - (t > 0)" },
}

-- The checks have passed with what the mutant changes; it changes it back.
local function check_mutant(folder, mutant)
  local what, name, text, replacement = table.unpack(mutant)
  local path = folder .. "/" .. name
  local source = file.read(path)
  local from, to = source:find(text, 1, true)
  if not from then return t.ok(false, ("%s: the text is in %s"):format(what, name)) end
  file.write(path, source:sub(1, from - 1) .. replacement .. source:sub(to + 1))
  local _, code, err = programs.run(("%s cd %s && at '%s' %s"):format(AT, folder, LEVEL[name:match("%l+")], (name:gsub("c$", "o"))))
  local found = code == 0 and run(link(folder), folder .. "/image", 2, 20) or err
  if not t.ok(found:find("\nnot ok "), what .. " is found") then show(found) end
  file.write(path, source)
end

-- ---- everything ----

local MODELS = {
  { "f16", "--vocab 700" }, { "f16", "--vocab 700 --embd 260 --heads 2 --kv-heads 1 --head-dim 128", huge = true },
  { "f32", "--vocab 321 --head separate" }, { "bf16", "--vocab 600", huge = true, full = true },
  { "f16", "--vocab 4200", equal = true, screened = "none" }, { "f32", "--vocab 300", beyond = true, screened = "none", full = true },
}
local best = programs.native()
for i, model in ipairs(MODELS) do
  model.name = "screen-" .. i
  local plain = ("%s/plain%d.gguf"):format(TEMP, i)
  model.path = ("%s/%s.gguf"):format(TEMP, model.name)
  local _, code, err = programs.run(("gen/tritc synth toy --layers 1 --type %s %s -o %s"):format(model[1], model[2], plain))
  if code ~= 0 then error(err, 0) end
  mislead(plain, model.path, model)
end

-- In a bounded run, the first target of each scan; the best one takes all models but those for full length.
local first_of = {}
for _, target in ipairs(programs.targets()) do
  local facts = target_facts.load(".", target.name)
  local scan = facts.screen.template .. (facts.screen.lanes or "")
  first_of[scan] = first_of[scan] or not target.obstacle and target.name or nil
  local wanted = FULL or first_of[scan] == target.name
  for i, model in ipairs(MODELS) do
    local name = ("%s, %s%s"):format(target.name, model[1], model.huge and ", huge rows" or model.beyond and ", rows that overflow" or model.equal and ", equal rows" or "")
    if target.obstacle then
      t.skip(target.obstacle, name)
    elseif FULL or wanted and i == 2 or target.name == best and not model.full then
      local folder = build(model, target.name)
      local threads = target.name == best and i % 3 + 1 or 1
      check(name, target.prefix .. link(folder), folder .. "/image", threads, FULL and 60 or target.prefix == "" and 20 or 3, model.screened)
    end
  end
end

local folder = ("%s/%s-%s"):format(TEMP, MODELS[1].name, best)
for i, mutant in ipairs(MUTANTS) do
  if FULL or i % 2 == 1 then check_mutant(folder, mutant) end
end
t.done()
