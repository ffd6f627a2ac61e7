#!/usr/bin/env lua5.4
-- install.t: `make install` and `make uninstall`; the installed tritc from another folder; its man page and completion, which
-- must know every command and option that --help knows.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local cli = require("gen.cli")
local commands = require("tests.commands")
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path
local here = shell.capture({ "pwd" }):match("[^\n]+")

local MAKE = "unset MAKEFLAGS MAKELEVEL; make "       -- as a user's, also where make runs the tests

-- Completes the last of the words as bash would.
local function complete(words)
  return ("PATH=$D/usr/bin:$PATH bash -c '. $D/usr/share/bash-completion/completions/tritc; COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
    .. "_tritc; echo ${COMPREPLY[@]}'"):format(words)
end

programs.facts("models/shakespeare.gguf", D .. "/out/shakespeare-scalar")     -- what it builds need not be scanned
commands.check(t, {
  { "make install", MAKE .. "install PREFIX=$D/usr", 0 },
  { "a staged one: DESTDIR", MAKE .. "install DESTDIR=$D/stage PREFIX=/usr && grep -c 'exec \"/usr/share/tritc/gen/tritc\"' $D/stage/usr/bin/tritc", 0, "1\n" },
  { "it works from any folder", "cd $D && usr/bin/tritc plan $M --target scalar && cd / && $D/usr/bin/tritc targets", 0, "model    shakespeare ...\n...scalar ...\n" },
  { "it builds", "sed -i 's/ -O2 / -O0 /' $D/usr/share/tritc/templates/build.mk; cd $D && usr/bin/tritc build $M --target scalar && out/shakespeare-scalar/shakespeare self-test >$D/report; tail -n 1 $D/report", 0,
    "...PASS known answer ...\n", "...built out/shakespeare-scalar/shakespeare for scalar\n" },
  { "it explains", "cd $D && usr/bin/tritc explain out/shakespeare-scalar add | head -n 1", 0, "add_256: model.c, ...\n" },
  { "completion of a command", complete('tritc pl'), 0, "plan\n" },
  { "of an option", complete('tritc plan M.gguf --ba'), 0, "--batch --bandwidth\n" },
  { "of a target", complete('tritc build M.gguf --target sc'), 0, "scalar\n" },
  { "of a shape", complete('tritc synth toy'), 0, "toy\n" },
  { "file names are bash's", complete('tritc plan M'), 0, "\n" },
  { "make man", MAKE .. "man && cmp out/tritc.1 $D/usr/share/man/man1/tritc.1", 0 },
}, { D = D, M = here .. "/models/shakespeare.gguf" })

-- ---- every command and option ----

local page = file.read(D .. "/usr/share/man/man1/tritc.1")
local missing = {}
for _, command in ipairs(cli.commands) do
  local part = page:match("\n%.SS tritc " .. command.name .. " .-\n%.S") or ""
  for flag in cli.help(command):gmatch("\n  (%-%S+)") do
    local tag = flag:gsub("%-", "\\-")
    if flag ~= "-h," and not part:find("\n.B " .. tag .. "\n", 1, true) and not part:find('\n.BI "' .. tag .. ' "', 1, true) then
      missing[#missing + 1] = command.name .. " " .. flag
    end
  end
end
t.is(table.concat(missing, ", "), "", "the man page has every option of every command")
if shell.has("groff") then
  t.is(programs.run(("groff -man -Tutf8 -ww %s/usr/share/man/man1/tritc.1 2>&1 >%s/page.txt"):format(D, D)), "", "groff takes it without a warning")
  t.ok(file.read(D .. "/page.txt"):find("fit into", 1, true), "and prints it")
else
  t.skip("no groff", "the man page as groff prints it")
end

-- ---- and away again ----

commands.check(t, {
  { "make uninstall", "rm -r $D/out $D/usr/share/tritc/out 2>/dev/null; unset MAKEFLAGS MAKELEVEL; make uninstall PREFIX=$D/usr && find $D/usr -type f", 0 },
}, { D = D })
t.done()
