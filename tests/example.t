#!/usr/bin/env lua5.4
-- example.t: docs/example.c, compiled as its own comment says, gives the published greedy tokens; from C++ the API works, too.

package.path = "./?.lua;" .. package.path
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })
local model = dofile("models/shakespeare.lua")
local folder = programs.build("models/shakespeare.gguf", programs.native())
local source = file.read("docs/example.c")

-- The compiler's line of the banner, for this source and folder, with warnings as errors.
local function compile(name)
  local line = source:match("\n%s*(cc %-I D [^\n]*)"):gsub("%f[%w]D%f[%W]", folder)
  line = line:gsub("docs/example%.c", ("%s/%s.c"):format(TEMP, name)):gsub("%-o example", ("-o %s/%s"):format(TEMP, name))
  local _, code, err = programs.run(line .. " -std=c11 -Wall -Wextra -Wpedantic -Werror")
  return t.is(code == 0 and err, "", name .. " compiles without a warning")
end

local function check(name)
  for _, answer in ipairs(model.prompts) do
    local out, code = programs.run(("%s/%s %s/shakespeare.img %s"):format(TEMP, name, folder, table.concat(answer.ids, " ")))
    t.is(code .. " " .. out, "0 " .. table.concat(answer.greedy, "\n") .. "\n", ("%s: %s"):format(name, answer.prompt))
  end
  local out, code, err = programs.run(("%s/%s %s/no.img 1"):format(TEMP, name, TEMP))
  t.ok(out == "" and code == 1 and err:find("no.img", 1, true), name .. ": no image is an error")
end

-- ---- memory by the caller, and by the model ----

file.write(TEMP .. "/given.c", source)
compile("given")
check("given")
local mapped, count = source:gsub("argv%[1%], arena,", "argv[1], NULL,")
mapped = mapped:gsub("static _Alignas[^\n]*\n", "")
t.is(count, 1, "the arena is given in one place")
file.write(TEMP .. "/mapped.c", mapped)
compile("mapped")
check("mapped")

-- ---- C++ ----

file.write(TEMP .. "/plus.cpp", [[
#include "model.h"
#include <cstdio>
int main(int, char **argv)
{
    model *m;
    const float *logits;
    const int32_t ids[] = {1, 2};
    if (model_open(&m, argv[1], nullptr, 1) || model_eval(m, ids, 2, 0) || model_logits(m, 1, &logits))
        return std::puts(model_error()), 1;
    std::printf("%d %d\n", model_image(m) != nullptr, logits[MODEL_VOCAB - 1] == logits[MODEL_VOCAB - 1]);
    model_close(m);
}
]])
if shell.has("g++") then
  local command = "g++ -Wall -Wextra -Wpedantic -Werror -I %s -o %s/plus %s/plus.cpp $(find %s -name '*.o' ! -name main.o) -pthread"
  local _, _, err = programs.run(command:format(folder, TEMP, TEMP, folder))
  t.is(err, "", "C++: model.h compiles without a warning")
  t.is(programs.run(("%s/plus %s/shakespeare.img"):format(TEMP, folder)), "1 1\n", "C++: opens, evaluates, reads logits")
else
  t.skip("no g++", "C++")
end
t.done()
