#!/usr/bin/env lua5.4
-- golden.t: the C that a reviewer would read, for the toy model on x86-64-v3, is the text in tests/golden/.
-- `tests/golden.t --update` rewrites that text; what changed is then for the reader of the diff to judge.
-- So is the picture of README.md, docs/arena.svg. Also: same input, same bytes.

package.path = "./?.lua;" .. package.path
local explain = require("gen.explain")
local file = require("gen.file")
local pictures = require("gen.report_pictures")
local programs = require("tests.programs")
local shell = require("gen.shell")
local svg = require("gen.svg")
local t = require("tests.tap")

local GOLDEN = "tests/golden"
local LIMIT = 60000                  -- bytes of all golden files: no more than a person reads
local UPDATE = arg[1] == "--update"

local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })

-- One step of a kernel per block, and a compiler's name that is the same everywhere.
local FLAGS = "--target x86-64-v3 --unroll 1 --cc cc"

local function must(command)
  local _, code, err = programs.run(command)
  if code ~= 0 then error(command .. "\n" .. err, 0) end
end

-- The definition of a C function at the left margin, with its comment.
local function function_text(text, name)
  return text:match("\n\n(void " .. name .. "%(.-\n}\n)") or error("no function " .. name, 0)
end

-- The first line that differs, as "line N: got / want".
local function first_difference(got, want)
  local n, next_want = 0, (want .. "\n"):gmatch("(.-)\n")
  for line in (got .. "\n"):gmatch("(.-)\n") do
    n = n + 1
    local expected = next_want()
    if line ~= expected then return ("line %d\n#   got: %s\n#  want: %s"):format(n, line, expected or "(the end)") end
  end
  return ("line %d\n#   got: (the end)\n#  want: %s"):format(n + 1, next_want() or "")
end

local function check(name, got, folder)
  local path = (folder or GOLDEN) .. "/" .. name
  if UPDATE then file.write(path, got) end
  local want = file.exists(path) and file.read(path) or ""
  if not t.ok(got == want, name) then
    print(("# %s: %s\n# `tests/golden.t --update` takes the new text"):format(path, first_difference(got, want)))
  end
  return #want
end

-- ---- the text ----

must(("gen/tritc synth toy -o %s/toy.gguf && gen/tritc emit %s/toy.gguf %s -o %s/a"):format(TEMP, TEMP, FLAGS, TEMP))
local function emitted(name) return file.read(TEMP .. "/a/" .. name) end

local bytes = 0
for _, name in ipairs({ "model.h", "build.mk", "report.txt" }) do bytes = bytes + check(name, emitted(name)) end
local c = emitted("model.c")
bytes = bytes + check("forward.c", function_text(c, "model_forward") .. "\n" .. function_text(c, "model_head"))
-- A kernel in two files, cut where what is for many tokens begins: each no longer than a file that a person wrote.
local few, many = emitted("kernels-t2-avx2-k128.c"):match("^(.-\n)(/%* %-%-%-%- many tokens.*)$")
bytes = bytes + check("kernels-t2-avx2-k128.c", few) + check("kernels-t2-avx2-k128-many.c", many)
local picture = pictures.arena(explain.read(TEMP .. "/a")):gsub("^<svg ([^>]*)>\n", function(attributes)
  return ('<svg xmlns="http://www.w3.org/2000/svg" %s>\n<style>\n%s</style>\n<rect width="100%%" height="100%%" class="paper"/>\n'):format(
    attributes, svg.STYLE .. ".paper{fill:#fff}\n")
end)
check("arena.svg", picture, "docs")
t.ok(bytes > 10000 and bytes < LIMIT, ("the golden text is %d bytes, less than %d"):format(bytes, LIMIT))

-- ---- same input, same bytes ----

local absolute = shell.capture({ "pwd" }):match("[^\n]+")
must(("cd %s && LC_ALL=C %s/gen/tritc emit toy.gguf %s -o b"):format(TEMP, shell.quote(absolute), FLAGS))
local differences = programs.run(("diff -rq %s/a %s/b"):format(TEMP, TEMP))
t.is(differences, "", "from another folder, with another path: the same bytes in every file")
local paths = programs.run(("grep -rlF -e %s -e %s %s/a %s/b"):format(TEMP, shell.quote(absolute), TEMP, TEMP))
t.is(paths, "", "no file holds a path of this machine")
must(("mkdir %s/other && gen/tritc synth toy --seed 1 -o %s/other/toy.gguf"):format(TEMP, TEMP))
must(("gen/tritc emit %s/other/toy.gguf %s -o %s/c"):format(TEMP, FLAGS, TEMP))
t.is(programs.run(("diff -rq %s/a %s/c"):format(TEMP, TEMP)), "", "other weights of the same shape: the same program")
t.done()
