#!/usr/bin/env lua5.4
-- sanitize.t: programs, packer and embedded use run clean under the address, undefined-behaviour and thread sanitizers, and
-- gcc, clang and every optimisation level compute the same trace. That the sanitizers are at work is checked with known mistakes.

package.path = "./?.lua;" .. package.path
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local FULL = os.getenv("TEST_FULL")
local MODEL = "models/shakespeare.gguf"
local C = "-std=c11 -Wall -Wextra -ffp-contract=off -fno-math-errno "
local ADDRESS, THREAD = programs.SANITIZED.address, programs.SANITIZED.thread

local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })

-- Emits for a target and runs make with these flags in the place of build.mk's. Kept under out/test/, as all builds of tests.
-- One step of a kernel per block, and with a sanitizer what is forced inline called: the same accesses, compiled in a twentieth of
-- the time.
local function build(target, flags)
  local folder = ("out/test/shakespeare-%s%s"):format(target, flags:gsub("[^%w]+", "-"))
  local script = programs.SH .. [[gen/tritc emit "$1" --target "$2" --unroll 1 --skip all -o "$3" && GGUF=$PWD/$1 && export GGUF && ]]
    .. [[cd "$3" && as_one "$4" && compile "$4" LDFLAGS="$5" all]]
  local _, code, err = programs.run("MAKEFLAGS= flock out/test/sanitize.lock " .. shell.line({ "sh", "-c", script, "sh", MODEL, target, folder,
    C .. flags, flags:match("%-fsanitize=.*") or "" }))
  if code ~= 0 then error("building " .. folder .. " failed:\n" .. err, 0) end
  return folder
end

-- The command must end with this exit code and without a word from a sanitizer. Returns its stdout.
local function clean(command, name, want)
  local out, code, err = programs.run("timeout 60 " .. command)
  local report = err:match("[^\n]*Sanitizer[^\n]*") or err:match("[^\n]*runtime error[^\n]*")
  t.is(report or "exit " .. code, "exit " .. (want or 0), name)
  return out
end

-- ---- the sanitizers see what they are for ----

file.write(TEMP .. "/mistake.c", [[
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
static int shared;
static void *count(void *arg) { for (int i = 0; i < 1000; i++) shared++; return arg; }
int main(int argc, char **argv)
{
    volatile int kind = argc > 1 ? atoi(argv[1]) : 0, big = INT_MAX;
    char *volatile block = malloc(10);
    pthread_t thread;
    if (kind == 1) block[kind * 10] = 1;
    if (kind == 2) big += kind;
    if (kind == 3 && pthread_create(&thread, NULL, count, NULL) == 0) { count(NULL); pthread_join(thread, NULL); }
    free(block);
    return 0;
}
]])

-- Whether this compiler has the sanitizer; then it must find the mistakes.
local function available(name, flags, mistakes)
  local _, code = programs.run(("cc -g %s -O0 -o %s/mistake %s/mistake.c -pthread"):format(flags, TEMP, TEMP))
  local _, runs = programs.run(TEMP .. "/mistake 0")
  if code ~= 0 or runs ~= 0 then return false end
  for kind, what in pairs(mistakes) do
    local _, _, err = programs.run(("%s/mistake %d"):format(TEMP, kind))
    t.ok(err:find("Sanitizer", 1, true) or err:find("runtime error", 1, true), ("%s: %s is found"):format(name, what))
  end
  return true
end

-- ---- what the compiler of every day computes ----

local native = programs.native()
local plain = programs.build(MODEL, native)
local TRACE = "run 'Once more unto the breach' -n 24 --temp 0 --trace"
local trace = programs.run(("%s/shakespeare %s -t 2"):format(plain, TRACE))
local SAME = ("the same trace as %s at -O2"):format(native)
t.ok(select(2, trace:gsub("%d+ %d+ %x+\n", "")) > 24, "the trace to compare with: more than 24 positions")

local function same_trace(folder, name)
  t.ok(programs.run(("%s/shakespeare %s -t 2"):format(folder, TRACE)) == trace, name .. ": " .. SAME)
end

-- ---- address and undefined behaviour ----

local function check_program(folder, target)
  local program = folder .. "/shakespeare "
  t.ok(clean(program .. TRACE .. " -t 3", target .. ": run --trace") == trace, target .. ": " .. SAME)
  clean(program .. "run KING -n 60 --repeat-penalty 1.2 --seed 7 -b 3", target .. ": run, sampling")
  clean(program .. "run ROMEO: -n 40 --temp 0 --stop 'I pray thee, I pray you' --stop bawl", target .. ": run, stops that nearly match")
  clean(program .. "perplexity " .. TEMP .. "/text -c 64 -b 5 --json", target .. ": perplexity")
  clean(program .. "self-test -t 2", target .. ": self-test")
  clean("printf 'Hail!\\n\\nWho art thou?' | " .. program .. "chat -n 12 -s 'Speak.'", target .. ": chat")
  local ids = clean(program .. "tokenize -f " .. TEMP .. "/text", target .. ": tokenize")
  local text = clean(("printf %%s '%s' | %s tokenize --decode"):format(ids, program), target .. ": tokenize --decode")
  t.ok(text == file.read(TEMP .. "/text"), target .. ": the text comes back")
  clean(program .. "info --json", target .. ": info")
  clean(program .. "run --help", target .. ": help")
  clean(program .. "run x -i " .. TEMP .. "/text", target .. ": a file that is no image", 65)
  clean("printf '\\377' | " .. program .. "run", target .. ": a prompt that is no text", 65)
end

local function check_pack(folder, target)
  local pack, vocabulary = folder .. "/pack ", folder .. "/vocabulary.bin "
  clean(pack .. MODEL .. " " .. vocabulary .. TEMP .. "/image", target .. ": pack")
  t.is(programs.run(("cmp %s/image %s/shakespeare.img"):format(TEMP, folder)), "", target .. ": the image of the build")
  clean(("%s append %s/shakespeare %s/image %s/embedded"):format(pack, folder, TEMP, TEMP), target .. ": pack append")
  t.ok(clean(TEMP .. "/embedded " .. TRACE, target .. ": the embedded image") == trace, target .. ": the same trace from it")
  clean(pack .. TEMP .. "/text " .. vocabulary .. TEMP .. "/none", target .. ": pack refuses another file", 65)
end

-- A static arena of its exact size has red zones around it: the program reaches over neither end.
local function check_arena(folder, target)
  local answer = dofile("models/shakespeare.lua").prompts[1]
  local source, count = file.read("docs/examples/no_heap.c"):gsub("%(8 << 20%)", "MODEL_ARENA_BYTES")
  t.is(count, 1, target .. ": the size of the arena is in one place")
  file.write(TEMP .. "/example.c", source)
  local command = "cc %s -I %s %s/example.c $(find %s -name '*.o' ! -name main.o) -pthread -o %s/example"
  clean(command:format(C .. ADDRESS, folder, TEMP, folder, TEMP), target .. ": docs/examples/no_heap.c compiles")
  command = ("%s/example %s/shakespeare.img %s"):format(TEMP, folder, table.concat(answer.ids, " "))
  t.is(clean(command, target .. ": an arena with red zones"), table.concat(answer.greedy, "\n") .. "\n", target .. ": its tokens")
end

file.write(TEMP .. "/text", file.read("tests/sample.txt"):sub(1, 800))
-- In a bounded run plain C and the best of this machine: all of the runtime, and most of the intrinsics.
local function obstacle(target)
  return target.obstacle or target.prefix ~= "" and "it runs under an emulator"
    or not FULL and target.name ~= "scalar" and target.name ~= native and "in full length only"
end

local address = available("address", ADDRESS, { "a write beyond a block", "a signed overflow" })
if address then
  for _, target in ipairs(programs.targets()) do
    if obstacle(target) then
      t.skip(obstacle(target), "address, " .. target.name)
    else
      local folder = build(target.name, ADDRESS)
      check_program(folder, target.name)
      check_pack(folder, target.name)
      check_arena(folder, target.name)
    end
  end
else
  t.skip("the compiler has none", "address and undefined-behaviour sanitizer")
end

-- ---- threads ----

if available("thread", THREAD, { [3] = "a race" }) then
  local program = build(native, THREAD) .. "/shakespeare "
  t.ok(clean(program .. TRACE .. " -t 2", "threads: run --trace") == trace, "threads: the same trace")
  clean(program .. "perplexity " .. TEMP .. "/text -c 64 -t 3", "threads: perplexity, 3 of them")
  clean(program .. "self-test -t 2", "threads: self-test")
  clean("printf 'Hail!\\nWho art thou?\\n' | " .. program .. "chat -n 12 -t 2", "threads: chat")
else
  t.skip("the compiler has none", "thread sanitizer")
end

-- ---- compilers and optimisation levels: -O0 and -O1 are those of the sanitizers, which have compared it ----

if FULL or not address then same_trace(build(native, "-O0"), "-O0") end
if FULL then same_trace(build(native, "-O3"), "-O3") end
if shell.has("clang") then
  same_trace(programs.build(MODEL, native, "--cc clang"), "clang")
else
  t.skip("no clang", "clang")
end
t.done()
