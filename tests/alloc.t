#!/usr/bin/env lua5.4
-- alloc.t: a program allocates nothing after its first evaluated batch. tests/alloc.c counts, linked with the build's objects.
-- That it would notice is checked with small programs that do allocate, in each way there is.

package.path = "./?.lua;" .. package.path
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })

local function compile(output, words)
  local command = "cc -std=c11 -O2 -Wall -Wextra -Werror -o %s/%s tests/alloc.c %s -Wl,--wrap=model_eval -pthread"
  local _, code, err = programs.run(command:format(TEMP, output, words))
  if code ~= 0 then error("it does not compile:\n" .. err, 0) end
end

-- Runs a program: { code (its exit), and of its last line: batches, calls, first (of the calls), pages }.
local function counts(command)
  local _, code, err = programs.run(command)
  local batches, calls, first, pages = err:match("alloc: (%d+) batches, (%d+) calls %((.-)%), (%-?%d+) pages\n$")
  return { code = code, batches = tonumber(batches) or 0, calls = tonumber(calls), first = first, pages = tonumber(pages) }
end

-- ---- the counter counts ----

file.write(TEMP .. "/engine.c", "int model_eval(void *m, const int *ids, int n, int pos) { return m || ids || n != pos; }\n")
file.write(TEMP .. "/some.c", [[
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
int model_eval(void *m, const int *ids, int n, int pos);
static void *wait_forever(void *arg) { for (;;) pause(); return arg; }
int main(int argc, char **argv)
{
    pthread_t thread;
    void *volatile p = malloc(100), *q = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    model_eval(NULL, NULL, 0, 0);
    switch (argc > 1 ? atoi(argv[1]) : 0) {
    case 1: p = malloc(1); break;
    case 2: p = calloc(1, 1); break;
    case 3: p = realloc(p, 1 << 20); break;
    case 4: return posix_memalign((void **)&p, 64, 1);
    case 5: p = aligned_alloc(64, 64); break;
    case 6: p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); break;
    case 7: p = mremap(q, 4096, 8192, MREMAP_MAYMOVE); break;
    case 8: return brk((char *)sbrk(0) + 4096);
    case 9: p = strdup(argv[0]); break;
    case 10: pthread_create(&thread, NULL, wait_forever, NULL); break;
    }
    model_eval(NULL, NULL, 0, 0);
    return p == NULL || q == MAP_FAILED;
}
]])
compile("some", ("%s/engine.c %s/some.c"):format(TEMP, TEMP))
local ways = { "malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "mmap", "mremap", "sbrk", "malloc" }
local at_start = counts(TEMP .. "/some")
t.ok(at_start.code == 0 and at_start.batches == 2 and at_start.calls == 0 and at_start.pages == 0,
  "a program that allocates only at its start is clean")
for i, name in ipairs(ways) do
  local c = counts(("%s/some %d"):format(TEMP, i))
  t.is(("%d %s"):format(c.code, c.first), "0 " .. name, name .. " after the first batch is noticed")
end
t.ok(counts(TEMP .. "/some 10").pages > 0, "the stack of a thread that starts after the first batch is noticed")

-- ---- the program ----

local folder = programs.build("models/shakespeare.gguf", programs.native())
compile("shakespeare", ("%s/*.o %s/runtime/*.o"):format(folder, folder))

local cases = {
  { "run, text", "run 'ROMEO:' -n 150 --repeat-penalty 1.1 --stop zzz", 150 },
  { "run, --trace, 2 threads", "run 'ROMEO:' -n 150 --trace -t 2", 150 },
  { "chat, 3 turns", "chat -n 40 --temp 0", 100, [[printf 'Good morrow, cousin.\nIs the day so young?\nBut new struck nine.\n' |]] },
  { "perplexity, 40 windows of 64", "perplexity tests/sample.txt -c 64 -b 16", 160 },
}
for _, case in ipairs(cases) do
  local name, words, least, input = table.unpack(case)
  local c = counts(("%s %s/shakespeare %s -i %s/shakespeare.img"):format(input or "", TEMP, words, folder))
  t.ok(c.code == 0 and c.batches >= least, ("%s: runs, %d batches"):format(name, c.batches))
  t.is(("%s calls (%s), %s pages"):format(c.calls, c.first, c.pages), "0 calls (none), 0 pages", name .. ": allocates nothing")
end

-- ---- the objects ----

local FAMILY = "malloc calloc realloc reallocarray memalign aligned_alloc posix_memalign valloc pvalloc free strdup strndup "
  .. "asprintf vasprintf getline getdelim open_memstream fopen fdopen opendir brk sbrk mremap"

-- { symbol = { object, ... } }: who needs what from outside.
local function undefined(objects)
  local users = {}
  for line in programs.run("nm -A -u " .. objects):gmatch("[^\n]+") do
    local object, symbol = line:match("([^/]*%.o):.*U ([%w_]+)")
    if symbol then users[symbol] = (users[symbol] and users[symbol] .. " " or "") .. object end
  end
  return users
end

local function allocators(users)
  local list = {}
  for name in FAMILY:gmatch("%S+") do
    if users[name] then list[#list + 1] = name .. " in " .. users[name] end
  end
  return table.concat(list, ", ")
end

programs.run(("cc -c -o %s/some.o %s/some.c"):format(TEMP, TEMP))
t.ok(allocators(undefined(TEMP .. "/some.o")):find("^malloc in some.o, calloc in"), "nm shows who allocates")
local users = undefined(("%s/*.o %s/runtime/*.o"):format(folder, folder))
t.is(allocators(users), "", "no object of the program allocates")
t.is(users.mmap or users.mmap64, "huge.o map.o", "only map.o and huge.o map memory, at the start")
t.done()
