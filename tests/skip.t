#!/usr/bin/env lua5.4
-- skip.t: rows and columns left out: the facts of the demo model, what is decided from facts, facts that are none.
-- That it changes no bit: bits.t; that the kernels for lists compute what they should: kernels.t.

package.path = "./?.lua;" .. package.path
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local DEMO = "models/shakespeare.gguf"
local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })

-- ---- a build without facts scans the model and keeps what it finds ----

programs.run(("cp -r gen templates targets %s && ln -s $PWD/runtime $PWD/models %s"):format(TEMP, TEMP))
programs.plain(TEMP)
local build = ("%s/gen/tritc build %s --target scalar --ctx 64 -o %s/demo"):format(TEMP, DEMO, TEMP)
local _, code, err = programs.run(build)
t.ok(code == 0 and err:find("^scan: "), "build: a model without facts is scanned")
local path = TEMP .. "/demo/facts.lua"
local facts = load(file.read(path), "facts", "t", {})()
t.is(facts.model, "365ca61691091f53", "facts: of this model")
-- Published of this model on other texts: 53-67 % of the gates are not positive, 74-81 % of the inputs of down are 0.
for layer = 0, 3 do
  local up, down = facts[layer].up, facts[layer].down
  t.ok(up > 0.30 and up < 0.50 and down > 0.16 and down < 0.29, ("facts: layer %d, %g of up, %g of down"):format(layer, up, down))
end
_, code, err = programs.run(build)
t.ok(code == 0 and not err:find("scan"), "build: facts in the folder are taken")
local report = file.read(TEMP .. "/demo/report.txt")
for layer = 0, 3 do
  t.ok(report:find(("layer   %d  up %.3f %%d.%%d%%d %%(unpacking%%) skips, down %.3f %%d.%%d%%d %%(unpacking%%) skips"):format(layer, facts[layer].up, facts[layer].down)),
    ("report.txt: layer %d"):format(layer))
end

-- What the program says of itself: with --dense everything.
local run = TEMP .. "/demo/shakespeare run --density -b 1 -n 20 %s 'To be'"
local text = programs.run(run:format("--dense"))
t.is(select(2, text:gsub("%d rows 1%.0000\n%d columns 1%.0000\n", "")), 4, "--dense: every row and column is read")
text = programs.run(run:format(""))
t.ok(select(2, text:gsub("%d rows 0%.[2-5]%d+\n%d columns 0%.[12]%d+\n", "")) == 4, "without, fewer")

-- `bench` has a row for each; what it counts in its turns is near what the facts foretell.
local rows = {}
for line in programs.run(TEMP .. "/demo/shakespeare bench --json -t 1"):gmatch("{(.-)}") do
  local phase, mode, bytes, full = line:match('"phase": "(%l+)", "mode": "(%l+)".*"bytes_per_token": ([%d.]+).*"full_heads": ([%d.]+)')
  rows[phase .. " " .. mode] = { bytes = tonumber(bytes), full = tonumber(full) }
end
local all, foretold = report:match("per token +(%d+) bytes read, (%d+) where")
t.is(rows["decode dense"].bytes, tonumber(all), "bench: bytes of a dense token")
t.ok(math.abs(rows["decode sparse"].bytes / foretold - 1) < 0.1, "bench: bytes of a token that skips")
t.ok(rows["decode dense"].full == 0 and rows["decode sparse"].full == 0, "bench: the screen decided")

-- ---- a text of the user's ----

file.write(TEMP .. "/text", "But soft, what light through yonder window breaks?")
_, code = programs.run(("%s/gen/tritc scan %s -f %s/text -o %s/facts"):format(TEMP, DEMO, TEMP, TEMP))
t.ok(code == 0 and file.read(TEMP .. "/facts") ~= file.read(path), "scan: another text, other facts")

-- ---- decisions: where memory is the limit an op skips if its density, at 0.55 of the bandwidth, takes less than 0.9 of the time ----

local function facts_of(up, down)
  local lines = { "return { model = '365ca61691091f53'," }
  for layer = 0, 3 do lines[#lines + 1] = ("[%d] = { up = %s, down = %s },"):format(layer, up, down) end
  return table.concat(lines) .. "}"
end

local function ops_of(flags)
  local dump = programs.run(("gen/tritc plan %s --target x86-64-v3 --dump skip %s"):format(DEMO, flags))
  return select(2, dump:gsub(" matmul_rows ", "")) .. " rows, " .. select(2, dump:gsub(" matmul_columns ", "")) .. " columns"
end

for _, case in ipairs {
  { 0.40, 0.25, "4 rows, 4 columns" }, { 0.49, 0.50, "4 rows, 0 columns" }, { 0.50, 0.49, "0 rows, 4 columns" },
  { 1, 1, "0 rows, 0 columns" }, { 0, 0, "4 rows, 4 columns" },
} do
  file.write(TEMP .. "/case", facts_of(case[1], case[2]))
  t.is(ops_of("--facts " .. TEMP .. "/case"), case[3], ("up %g, down %g"):format(case[1], case[2]))
  t.is(ops_of("--skip none --facts " .. TEMP .. "/case"), "0 rows, 0 columns", "--skip none")
end
t.is(ops_of(""), "0 rows, 0 columns", "no facts: everything is read")
t.is(ops_of("--skip all"), "4 rows, 4 columns", "--skip all")

-- ---- what is no table of facts ----

for _, case in ipairs {
  { "another model", "return { model = '0' }", "is about another model than " },
  { "a layer too few", "return { model = '365ca61691091f53', [0] = { up = 0, down = 0 } }", "has no densities of layer 1" },
  { "a share above 1", facts_of(2, 0), "has no densities of layer 0" },
  { "not a number", facts_of("0/0", 0), "is no table of facts" },
  { "a text", facts_of("'0.4'", 0), "has no densities of layer 0" },
  { "no Lua", "{", "is no table of facts" }, { "no table", "return 1", "is no table of facts" },
  { "an empty file", "", "is no table of facts" }, { "bytecode", string.dump(function() return {} end), "is no table of facts" },
  { "a program", ("os.execute('touch %s/pwned')"):format(TEMP), "is no table of facts" },
  { "a loop", "while true do end", "is no table of facts" }, { "a call of a string's", "return ('x'):rep(1 << 40)", "is no table of facts" },
  { "a loop behind a comment that is none", 'model = "--" while true do end', "is no table of facts" },
} do
  file.write(TEMP .. "/case", case[2])
  _, code, err = programs.run(("gen/tritc plan %s --target scalar --facts %s/case"):format(DEMO, TEMP))
  t.ok(code == 65 and err:find("E_FACTS: " .. TEMP .. "/case " .. case[3], 1, true), "facts: " .. case[1])
end
t.ok(not file.exists(TEMP .. "/pwned"), "facts cannot do anything")
_, code, err = programs.run(("gen/tritc plan %s --target scalar --facts %s/none"):format(DEMO, TEMP))
t.ok(code == 66 and err:find("E_OPEN", 1, true), "facts: a file that is not there")
_, code, err = programs.run(("gen/tritc scan %s -f %s/none -o %s/facts"):format(DEMO, TEMP, TEMP))
t.ok(code == 66 and err:find("E_OPEN", 1, true), "scan: a text that is not there")
t.done()
