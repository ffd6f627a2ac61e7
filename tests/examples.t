#!/usr/bin/env lua5.4
-- examples.t: the files of docs/examples, compiled as their own comments say, give the published greedy tokens; from C++ the API
-- works, too.

package.path = "./?.lua;" .. package.path
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })
local model = dofile("models/shakespeare.lua")
local folder = programs.build("models/shakespeare.gguf", programs.native(), "--threads 1")

-- Compiles text, which is `example` or was made of it, by the line in its banner, with warnings as errors.
local function compile(name, example, text, more)
  local line = text:match("\n%s*(cc %-I D [^\n]*)"):gsub("%f[%w]D%f[%W]", folder)
  line = line:gsub("docs/examples/" .. example .. "%.c", ("%s/%s.c"):format(TEMP, name)):gsub("%-o " .. example, ("-o %s/%s"):format(TEMP, name))
  file.write(("%s/%s.c"):format(TEMP, name), text)
  local _, code, err = programs.run(("%s -std=c11 -Wall -Wextra -Wpedantic -Werror %s"):format(line, more or ""))
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

-- ---- no heap: memory by the caller; and by the model ----

-- In malloc's place, for the program and the C library: memory from a small array, and a count of the calls.
file.write(TEMP .. "/heap.c", [[
#include <stddef.h>
#include <stdio.h>
#include <string.h>
static _Alignas(64) char room[1 << 20];
static size_t used;
static int calls;
void *malloc(size_t n) { void *p = room + used; used += (n + 63) / 64 * 64; calls++; return used < sizeof room ? p : NULL; }
void *calloc(size_t n, size_t size) { return malloc(n * size); }
void *realloc(void *p, size_t n) { void *q = malloc(n); return p && q ? memmove(q, p, n) : q; }
void free(void *p) { (void)p; }
__attribute__((constructor)) static void begin(void) { calls = 0; }
__attribute__((destructor)) static void end(void) { fprintf(stderr, "heap: %d\n", calls); }
]])
local source = file.read("docs/examples/no_heap.c")
local plan, room = source:match("gen/tritc build (.-) %-o D"), tonumber(source:match("ROOM %((%d+) << 20%)")) << 20
for _, target in ipairs(programs.targets()) do
  local arena = programs.run(("gen/tritc plan %s --skip all --target %s --json"):format(plan, target.name)):match('"arena_bytes": *(%d+)')
  t.ok(arena and math.tointeger(arena) <= room, "no_heap has room for the arena of " .. target.name)
end
compile("no_heap", "no_heap", source, TEMP .. "/heap.c")
local _, _, heap = programs.run(("%s/no_heap %s/shakespeare.img 870 58"):format(TEMP, folder))
t.is(heap, "heap: 0\n", "no_heap: nothing is allocated")
check("no_heap")
local mapped, count = source:gsub("argv%[1%], arena,", "argv[1], NULL,")
t.is(count, 1, "the arena is given in one place")
compile("mapped", "no_heap", (mapped:gsub("static _Alignas[^\n]*\n", ""):gsub("    setvbuf[^\n]*\n", ""):gsub("    static char line[^\n]*\n", "")), TEMP .. "/heap.c")
_, _, heap = programs.run(("%s/mapped %s/shakespeare.img 870 58"):format(TEMP, folder))
t.ok(heap ~= "heap: 0\n" and heap:find("^heap: %d+\n$"), "the count counts: stdio's buffer")
check("mapped")

-- ---- ten lines ----

local short = file.read("docs/examples/ten_lines.c")
compile("ten_lines", "ten_lines", short)
local body = short:match("\n{\n(.*)    return 0;\n}\n$")
t.ok(select(2, body:gsub("\n", "")) <= 10, "ten_lines has ten lines")
t.is(programs.run(("%s/ten_lines %s/shakespeare.img"):format(TEMP, folder)), model.prompts[1].greedy[1] .. "\n", "ten_lines: the first token")
local said, code = programs.run(TEMP .. "/ten_lines no.img")
t.ok(code == 1 and said:find("no.img", 1, true), "ten_lines: no image is an error")

-- ---- a board, a kernel ----

local out, status, err = programs.run(("OUT=%s/reading docs/examples/kernel.sh"):format(TEMP))
t.ok(status == 0 and out:find("\ngemm_t2_scalar_k256: ") and out:find("instructions per weight", 1, true), "kernel.sh " .. err)
if shell.has("aarch64-linux-gnu-gcc") and shell.has("qemu-aarch64") then
  local board = programs.build("models/shakespeare.gguf", "rpi4", "--embed --static")
  programs.facts("models/shakespeare.gguf", board)        -- else board.sh scans, and what it builds is another program
  out, status, err = programs.run(("OUT=%s docs/examples/board.sh 2>&1"):format(board))
  t.ok(status == 0 and out:find("fits     yes", 1, true) and not out:find("FAIL", 1, true), "board.sh " .. err)
  local native = programs.run(folder .. "/shakespeare run ROMEO: -n 8 --temp 0 2>/dev/null")
  t.ok(out:find(native, 1, true), "board.sh: the board will write what this machine writes")
else
  t.skip("no aarch64-linux-gnu-gcc or no qemu-aarch64", "board.sh")
end

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
  _, _, err = programs.run(command:format(folder, TEMP, TEMP, folder))
  t.is(err, "", "C++: model.h compiles without a warning")
  t.is(programs.run(("%s/plus %s/shakespeare.img"):format(TEMP, folder)), "1 1\n", "C++: opens, evaluates, reads logits")
else
  t.skip("no g++", "C++")
end
t.done()
