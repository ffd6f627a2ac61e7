#!/usr/bin/env lua5.4
-- hostile.t: a model whose every string attacks C, make, the shell, printf and Jinja (tests/strange.lua) builds and runs,
-- and none of its strings is anywhere but in the vocabulary.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local programs = require("tests.programs")
local shell = require("gen.shell")
local strange = require("tests.strange")
local t = require("tests.tap")

local folder <close> = cases.folder()
local built = strange.build()

commands.check(t, {
  { "the model holds the strings", "LC_ALL=C grep -c -a $MARK $GGUF", 0, "...\n" },
  { "they are nowhere but in the vocabulary", "LC_ALL=C grep -r -l -a -e $MARK -e pwned $B | sort", 0, built .. "/strange.img\n" .. built .. "/vocabulary.bin\n" },
  { "nothing was executed", "find . -name 'pwned*'; ls $B | LC_ALL=C grep -v '^[a-z0-9._-]*$'", 1 },
  { "a template of 10 MiB is never evaluated, and warned of", "timeout 20 gen/tritc emit $GGUF --target scalar --unroll 1 -o $D/out", 0, nil,
    "warning: the chat template is of no known family; `run` needs none, for `chat` name one with --chat-template: bitnet ... plain\nwrote ...\n" },
  { "the generated text is that of the build", "diff -r -q $D/out $B | grep -v '^Only in '", 1 },
  { "plan is not impressed", "gen/tritc plan $GGUF --target scalar", 0, "model    strange (bitnet-b1.58), identity ...\n" },
  { "it passes its self-test", "$B/strange self-test | grep -v '^PASS '", 1 },
  { "it runs", "$B/strange run a -n 20 --seed 1", 0, "...", "prompt: 2 tokens, ...\n" },
}, { MARK = strange.MARK, GGUF = strange.model, B = built, D = folder.path })

-- Special tokens are bytes like any other: written exactly, read only with --special, user-defined ones always.
for i, text in ipairs(strange.tokens) do
  local id, quoted = 255 + i, shell.quote(text)
  t.is(programs.run(("%s/strange tokenize --decode %d"):format(built, id)), text, ("token %d is written as it is"):format(id))
  t.is(programs.run(("%s/strange tokenize --no-bos --special -- %s"):format(built, quoted)), id .. "\n", ("token %d is read with --special"):format(id))
  local ids = programs.run(("%s/strange tokenize --no-bos -- %s"):format(built, quoted))
  if i == strange.USER_DEFINED then
    t.is(ids, id .. "\n", ("token %d, user-defined, without"):format(id))
  else
    t.is(select(2, ids:gsub("%d+", "")), #text, ("token %d is so many bytes without"):format(id))
  end
end

-- Random weights choose random bytes; what is printed is well-formed all the same.
for seed = 1, 8 do
  local text, code = programs.run(("%s/strange run a -n 60 --temp 5 --top-k 0 --top-p 1 --min-p 0 --seed %d"):format(built, seed))
  t.ok(code == 0 and #text > 0 and utf8.len(text) and text:find("\u{FFFD}", 1, true), "bytes that make no character become U+FFFD, seed " .. seed)
end
t.done()
