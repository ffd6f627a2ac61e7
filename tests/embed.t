#!/usr/bin/env lua5.4
-- embed.t: a model for embeddings as a user meets it. That the numbers are right is the business of bits.t.
package.path = "./?.lua;" .. package.path

local archs = require("tests.archs")
local commands = require("tests.commands")
local programs = require("tests.programs")
local t = require("tests.tap")

-- The program that bits.t builds too.
local M
for _, arch in ipairs(archs) do
  if arch[1] == "gemma3" then
    M = programs.build(programs.synth("arch-gemma3", arch[2], arch[3]), programs.native()) .. "/arch-gemma3"
  end
end
local G = programs.build("models/shakespeare.gguf", "scalar") .. "/shakespeare"

local function run(command) return (programs.run(("export M=%s\n%s"):format(M, command))) end

local function numbers(line)
  local list = {}
  for word in line:gmatch("[^ \n]+") do list[#list + 1] = tonumber(word) end
  return list
end

local function dot(a, b)
  local sum = 0.0
  for i = 1, math.max(#a, #b) do sum = sum + a[i] * b[i] end
  return sum
end

local one, two = run("$M embed 'a cat'"), run("$M embed 'some other text'")
local a, b = numbers(one), numbers(two)
t.is(#a, 80, "as many numbers as the embedding is wide, on one line")
t.is(select(2, one:gsub("\n", "")), 1, "one line")
t.ok(math.abs(dot(a, a) - 1) < 1e-6 and math.abs(dot(b, b) - 1) < 1e-6, "vectors of length 1")
t.ok(dot(a, b) < 0.99, "two texts, two directions")
t.is(run("printf 'a cat\\nsome other text\\n' | $M embed"), one .. two, "stdin: a line for each line")
t.is(run("printf 'a cat\\nsome other text' | $M embed -"), one .. two, "the last line may lack its end")
t.is(run("$M embed \"$(printf 'a cat\\nsome other text')\" | wc -l"), "1\n", "an argument is one text, whatever it holds")
t.is(run("$M embed '' | wc -w"), "80\n", "an empty text: the model adds a token")
t.is(run("f=$(mktemp); printf 'a cat' >$f; $M embed -f $f; rm $f"), one, "-f")

local json = run("printf 'a cat\\nsome other text\\n' | $M embed --json")
local ids = run("$M tokenize 'a cat'")
local first = json:match('^{"tokens": (%d+), "embedding": %[')
t.is(first, tostring(select(2, ids:gsub("%d+", ""))), "--json: the number of tokens, those that the model adds counted")
t.is(json:match("%[(.-)%]"):gsub(",", "") .. "\n", one, "--json: the same numbers")
t.is(select(2, json:gsub("\n", "")), 2, "--json: a line for each line")

local function refused(name, command) return { name, command, 64, nil, "error: E_USAGE: " .. name .. "\n" } end
commands.check(t, {
  refused("run: arch-gemma3 is a model for embeddings: it has no head; see embed", "$M run a"),
  refused("chat: arch-gemma3 is a model for embeddings: it has no head; see embed", "echo a | $M chat"),
  refused("perplexity: arch-gemma3 is a model for embeddings: it has no head; see embed", "$M perplexity a"),
  refused("embed: shakespeare is no model for embeddings", "$G embed a"),
  refused("embed: both -f and a TEXT", "$M embed a -f README.md"),
  { "longer than the context", "yes 'so many words' | head -100 | tr -d '\\n' | $M embed", 65, nil,
    "error: E_CONTEXT: a text of 1300 bytes has more tokens than the context of 128\n" },
  { "no UTF-8", "printf '\\377' | $M embed", 65, nil, "error: E_UTF8: ...\n" },
  { "stdout full", "$M embed a >/dev/full", 74, nil, "error: E_OUT_WRITE: ...\n" },
  { "self-test", "$M self-test", 0, "PASS ...PASS forward pass\n...same bits\n" },
}, { M = M, G = G })
t.done()
