#!/usr/bin/env lua5.4
-- reading.t: documents that show code: the kernel of docs/READING.md is the one that is emitted; the lines of README.md run.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local checkpoints = require("tests.checkpoints")
local file = require("gen.file")
local json = require("gen.json")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path

-- ---- docs/READING.md ----

programs.run(("gen/tritc emit models/shakespeare.gguf --target scalar --unroll 1 -o %s/reading"):format(D))
local kernel, at, lost = file.read(D .. "/reading/kernels-t2-scalar-k256.c"), 1, {}
local blocks = 0
for block in file.read("docs/READING.md"):gmatch("\n```c\n(.-)```\n") do
  local from, to = kernel:find(block, at, true)
  if not from or kernel:sub(at, from - 1):find("%S") and blocks > 0 then lost[#lost + 1] = block end
  at, blocks = to and to + 1 or at, blocks + 1
end
t.ok(blocks > 5, blocks .. " parts of a kernel")
t.is(table.concat(lost), "", "they are the emitted kernel, in its order, and nothing is left out")
t.ok(not kernel:sub(at):find("%S"), "to its end")

-- ---- README.md: its table of models, within 5 % of the plan; no file that it names is missing ----

local known = {}
for _, m in ipairs(json.parse((programs.run("gen/tritc models --target x86-64-v3 --json")), "models")) do known[m.name] = m end
local README, far, rows = file.read("README.md"), {}, 0
for name, parameters, disk, memory, token in README:gmatch("\n| (%S+) | ([%d.]+) M | ([%d.]+) MB | ([%d.]+) MB | ([%d.]+) MB |") do
  local m = known[name]
  local pairs_of = { { parameters, m.parameters }, { disk, m.image_bytes }, { memory, m.image_bytes + m.arena_bytes }, { token, m.bytes_per_token } }
  rows = rows + 1
  for _, pair in ipairs(pairs_of) do
    if math.abs(tonumber(pair[1]) * 1e6 / pair[2] - 1) > 0.05 then far[#far + 1] = ("%s: %s, not %.2f"):format(name, pair[1], pair[2] / 1e6) end
  end
end
t.is(rows .. " " .. table.concat(far, ", "), "8 ", "the table of models")
local missing = {}
for path in README:gmatch("%]%(([%w_./]+)%)") do
  if not file.exists(path) then missing[#missing + 1] = path end
end
t.is(table.concat(missing, " "), "", "links of README.md lead somewhere")

-- ---- README.md: its commands in a folder of their own, with names put in place of what stands for them ----

local native, here = programs.native(), shell.capture({ "pwd" }):match("[^\n]+")
for _, name in ipairs { "Makefile", "gen", "runtime", "targets", "models", "tests" } do
  shell.try({ "ln", "-s", here .. "/" .. name, D .. "/" .. name })
end
-- Runtime and packer need not be optimised for this, the rest a little: bench would be slow.
programs.run(("cp -r templates %s && sed -i 's/(CFLAGS) -D/(CFLAGS) -O0 -D/; s/ -O2 / %s -MMD /' %s/templates/build.mk"):format(D, programs.QUICK, D))
programs.run(("mkdir -p %s/out && cp models/shakespeare.gguf %s"):format(D, D))

local SKIPPED = { ["make test"] = "this is make test" }
local NAMES = { { "%-%-bench FILE", "--bench bench.json" }, { "perplexity FILE", "perplexity tests/sample.txt" },
  { "x86%-64%-v3", native }, { "<target>", native }, { " %[OP%]", " add" }, { "DIR %-o M", "checkpoint -o imported" },
  { "%f[%w]M%f[%W]", "shakespeare" } }            -- as `make demo` calls it: ccache has the objects

checkpoints.write(D .. "/checkpoint", checkpoints.model("BitNetForCausalLM", { form = "packed", dtype = "BF16", linear = "autobitlinear" }))

-- The commands of a line: " | " there separates what may stand after the program.
local function commands_of(line)
  local list = {}
  for part in (line .. " | "):gmatch("(.-) | ") do
    list[#list + 1] = #list > 0 and list[1]:match("^%S+ ") .. part or part
  end
  return list
end

for _, name in ipairs { native, "rpi4" } do programs.facts(D .. "/shakespeare.gguf", D .. "/out/shakespeare-" .. name) end   -- make demo scans
local BENCH = ("out/shakespeare-%s/shakespeare bench"):format(native)       -- runs once, for a file that a line before it wants
local seen, measured = 0, nil
for line in README:gmatch("\n    (%l[^\n]*)") do
  line = line:gsub("%s+#.*$", "")
  if line:find("^make ") or line:find("^gen/tritc ") or line:find("^out/") then
    for _, command in ipairs(commands_of(line)) do
      for _, name in ipairs(NAMES) do command = command:gsub(name[1], function() return name[2] end) end
      seen = seen + 1
      if SKIPPED[command] then
        t.skip(SKIPPED[command], command)
      elseif command:find("armv8", 1, true) and not shell.has("aarch64-linux-gnu-gcc") then
        t.skip("no aarch64-linux-gnu-gcc", command)
      else
        if command:find("--bench", 1, true) then measured = { programs.run(("cd %s && %s --json >bench.json"):format(D, BENCH)) } end
        local _, code, err = table.unpack(command == BENCH and measured or { programs.run(("cd %s && timeout 60 %s </dev/null >/dev/null"):format(D, command)) })
        if not t.is(code, 0, "README.md: " .. command) then print("# " .. err:gsub("\n", "\n# ")) end
      end
    end
  end
end
t.ok(seen > 12, seen .. " commands")
t.done()
