#!/usr/bin/env lua5.4
-- progress.t: long work shows a bar on a terminal, of any width, without escape sequences, and nothing in a pipe.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local checkpoints = require("tests.checkpoints")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path
local DEMO = "models/shakespeare.gguf"

-- What a command writes to a terminal of so many columns.
local function on_terminal(command, columns)
  return (programs.run(("script -qec %s /dev/null </dev/null"):format(shell.quote(("stty cols %d; %s"):format(columns, command)))))
end

-- The lines that followed each other in one place.
local function drawn(text)
  local lines = {}
  for line in text:gmatch("\r([^\r\n]+)") do lines[#lines + 1] = line end
  return lines
end

local _, code, err = programs.run(("cc -std=c11 -O2 -Wall -Wextra -Werror -Iruntime -o %s/progress tests/progress.c"):format(D))
if code ~= 0 then error(err, 0) end
if not shell.has("script") then
  t.skip("no script", "on a terminal")
else
  for _, row in ipairs { { 200, 100 }, { 80, 79 }, { 40, 39 }, { 20, 19 }, { 5, 4 } } do
    local columns, width = row[1], row[2]
    local text = on_terminal(("NO_COLOR=1 %s/progress 300000000"):format(D), columns)
    local lines, wrong = drawn(text), {}
    for _, line in ipairs(lines) do
      if #line ~= width then wrong[#wrong + 1] = line end
    end
    t.ok(#lines >= 5 and #wrong == 0, ("%d columns: %d drawings, each %d wide %s"):format(columns, #lines, width, table.concat(wrong, "|")))
    t.ok(not text:find("\27", 1, true) and not text:find("\n"), columns .. " columns: one line, no escape sequence")
    t.is(lines[#lines], (" "):rep(width), columns .. " columns: wiped at the end")
    local last = lines[#lines - 1] or ""
    t.ok(last:find(columns >= 20 and "^counting 100 %%" or "^coun"), columns .. " columns: it comes to its end: " .. last)
  end
  local line = drawn(on_terminal(D .. "/progress 300000000", 80))[4] or ""
  local rate, minutes, seconds = line:match("^counting  %d%d %% %[#+ +%]  ([%d.]+) MB/s  (%d+):(%d%d) left *$")
  t.ok(rate and tonumber(rate) > 100 and tonumber(rate) < 450 and minutes == "0" and tonumber(seconds) < 2, "bar, rate and time left: " .. line)
  local program = programs.build(DEMO, programs.native()) .. "/shakespeare"
  programs.run(("mkdir %s/tree && cp -r gen templates runtime targets models %s/tree"):format(D, D))
  programs.plain(D .. "/tree")
  local text = ("To be, or not to be: that is the question. "):rep(60)
  cases.write(D .. "/text", text)
  cases.write(D .. "/prompt", text:sub(1, 400))
  checkpoints.write(D .. "/m", checkpoints.model("BitNetForCausalLM", { form = "packed", dtype = "BF16", linear = "autobitlinear" }))
  for _, row in ipairs { { "importing", "gen/tritc import $D/m -o $D/m.gguf" }, { "writing", "gen/tritc synth toy --layers 3 -o $D/toy.gguf" }, { "packing", "$D/tree/gen/tritc build $D/toy.gguf --target scalar --skip none -o $D/toy" },
    { "perplexity", program .. " perplexity $D/text --ctx 128" }, { "bench", "timeout 2 " .. program .. " bench" }, { "prompt", program .. " run -f $D/prompt -n 1 -b 8" } } do
    local name, command = row[1], row[2]:gsub("%$D", D)
    local shown = on_terminal(command, 60)
    t.ok(shown:find("\r" .. name .. " +%d+ %% %["), name .. ": shown on a terminal")
    if not t.ok(not shown:find("\27", 1, true), name .. ": no escape sequence") then print("# " .. shown:sub(1, 500)) end
  end
end
for _, command in ipairs { "%s/progress 7", "gen/tritc synth toy -o %s/silent.gguf" } do
  local out, status, said = programs.run(command:format(D))
  t.is(status .. out .. said, "0", command:match("[^/ ]*$") .. ": nothing in a pipe")
end
for _, command in ipairs { "gen/tritc models", "gen/tritc explain %s", "%s/shakespeare self-test", "%s/shakespeare run ROMEO:" } do
  local _, _, said = programs.run(("{ sleep 0.1; %s; echo $? >%s/code; } | true"):format(command:format(programs.build(DEMO, programs.native())), D))
  t.is(said .. programs.run(("cat %s/code"):format(D)), "141\n", command:match("%a[%a-]* ?%S*$") .. ": a pipe that is closed ends it, without a word")
end
t.done()
