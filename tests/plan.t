#!/usr/bin/env lua5.4
-- plan.t: `tritc plan`: what it says of memory and bytes per token is what the built program uses; files that are not all there.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local file = require("gen.file")
local gguf = require("gen.gguf")
local json = require("gen.json")
local programs = require("tests.programs")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path
local DEMO, NATIVE = "models/shakespeare.gguf", programs.native()

local function plan(path, flags)
  local out, code, err = programs.run(("gen/tritc plan %s --json %s"):format(path, flags))
  if code ~= 0 then error(err, 0) end
  return json.parse(out, "plan")
end

-- ---- against the program: memory after a decode at full context, and what bench counts per token ----

local function share(got, want) return ("%d, %.2f %% from %d"):format(got, 100 * (got / want - 1), want) end

local COMPILE = "cc -std=c11 -O2 -Wall -Wextra -Werror -I %s -I %s/runtime -o %s/memory tests/memory.c $(find %s -name '*.o' ! -name main.o) -pthread"

local function check_memory(name, p, build, image, threads)
  local _, code, err = programs.run(COMPILE:format(build, build, D, build))
  if code ~= 0 then error(err, 0) end
  local said = programs.run(("%s/memory %s %d %d"):format(D, image, threads, p.rows_bytes))
  local bytes, rows, huge, can_be_huge = said:match("^(%d+) (%d+) (%d+) (%d+)\n$")
  local want = p.memory_bytes - (64 - threads) * p.memory_bytes_per_thread
  -- 0.2 MB is what the system maps of the C library and the program, or not, from one run to the next.
  t.ok(math.abs(bytes - want) < math.max(0.02 * want, 2e5), ("%s, %d threads: memory: %s; %s of %d bytes of single rows"):format(name, threads,
    share(bytes, want), rows, p.rows_bytes))
  if p.ctx <= 512 then return end
  local refused = file.read("/sys/kernel/mm/transparent_hugepage/enabled"):find("[never]", 1, true) or can_be_huge == "0"
  if refused then return t.skip("the system makes no huge pages", name .. ": a long text's cache in them") end
  t.ok(tonumber(huge) > p.kv_bytes // 4, ("%s: a long text's cache of %d bytes: %s in huge pages"):format(name, p.kv_bytes, huge))
end

local function check_bench(name, p, program)
  for _, row in ipairs(json.parse((programs.run(program .. " bench --json -t 2")), "bench")) do
    local bytes = p.bytes_per_token + (p.bytes_per_token_full - p.bytes_per_token) * row.depth / (p.ctx - 1)
    if row.phase == "decode" and row.mode == "dense" then
      t.ok(math.abs(row.bytes_per_token / bytes - 1) < 0.01,
        ("%s: bytes per token at %d: %s"):format(name, row.depth, share(row.bytes_per_token, bytes)))
    end
  end
end

local function check_model(name, path, flags)
  local build, base = programs.build(path, NATIVE, flags), path:match("([^/]*)%.gguf$")
  local facts = file.exists(build .. "/facts.lua") and ("--facts %s/facts.lua"):format(build) or ""     -- as the build had them
  local p = plan(path, ("--target %s %s %s"):format(NATIVE, flags, facts))
  for _, threads in ipairs { 1, 2 } do check_memory(name, p, build, ("%s/%s.img"):format(build, base), threads) end
  -- bench.t holds bench to the program's own constant.
  local info = json.parse((programs.run(("%s/%s info --json"):format(build, base))), "info")
  t.is(info.bytes_per_token, p.bytes_per_token, name .. ": bytes per token, as the program has them")
  if os.getenv("TEST_FULL") and path ~= DEMO then check_bench(name, p, build .. "/" .. base) end
end

check_model("demo", DEMO, "")
local WIDE = programs.synth("plan-wide", "toy", "--embd 512 --ff 1536 --layers 6 --heads 8 --kv-heads 4 --vocab 9000 --ctx 2048")
check_model("a wide model", WIDE, "")
if os.getenv("TEST_FULL") then check_model("the same without a screen", WIDE, "--embd q8_0") end

-- ---- files that are not all there ----

local header = gguf.read(DEMO)
local text = file.read(DEMO)
local complete = plan(DEMO, "--target scalar")
for _, bytes in ipairs { header.data_offset, header.data_offset + 1, #text - 1 } do
  cases.write(D .. "/part.gguf", text:sub(1, bytes))
  local p = plan(D .. "/part.gguf", "--target scalar")
  t.is(p.missing_bytes, #text - bytes, bytes .. " bytes of the file: what is missing")
  p.missing_bytes = 0
  local differences = {}
  for key, value in pairs(complete) do
    if p[key] ~= value and not (key == "fits") then differences[#differences + 1] = key end
  end
  t.is(table.concat(differences, " "), "", bytes .. " bytes of the file: the plan of the whole, its identity too")
end
cases.write(D .. "/short.gguf", text:sub(1, header.data_offset - 1))
cases.write(D .. "/part.gguf", text:sub(1, header.data_offset))

-- A header cut anywhere: never another error, never a plan.
local SMALL = cases.encode(cases.toy(cases.SMALLEST))
cases.write(D .. "/small.gguf", SMALL)
local small, others = gguf.read(D .. "/small.gguf"), {}
for bytes = 0, small.data_offset - 1, 7 do
  cases.write(D .. "/cut.gguf", SMALL:sub(1, bytes))
  local ok, e = pcall(gguf.read, D .. "/cut.gguf", {})
  if ok or e.name ~= "E_GGUF_TRUNCATED" then others[#others + 1] = ("%d: %s"):format(bytes, ok or tostring(e)) end
end
t.is(table.concat(others, "\n"), "", "a header cut at every seventh byte is E_GGUF_TRUNCATED")

-- Lengths that no header can have stay what they are.
cases.write(D .. "/hostile.gguf", "GGUF" .. ("<I4I8I8s8"):pack(3, 1, 1, "k") .. ("<I4I8"):pack(8, 1 << 40))
-- A model of an architecture that is not built.
cases.write(D .. "/other.gguf", (cases.encode(cases.set(cases.toy(cases.SMALLEST), "general.architecture", "string", "mamba"))))

commands.check(t, {
  { "the header complete: it says so", "gen/tritc plan $D/part.gguf --target scalar", 0,
    "model    part ...\ntarget ...\nfile     0.03 MB of 1.37 MB are here; the header is complete, the rest is data\nweights ..." },
  { "but it cannot be built", "gen/tritc build $D/part.gguf --target scalar -o $D/none", 65, nil, "error: E_GGUF_RANGE: part.gguf: ...\n" },
  { "the header cut short: what could be told", "gen/tritc plan $D/short.gguf --target scalar", 65,
    "file     GGUF 3, 24 of 24 keys and all 46 tensors read\narch     bitnet-b1.58\nsizes    4 layers, embedding 256, feed-forward 768, 4 heads of 64, "
    .. "2 of keys and values, context 512\nweights  3.1 million in ternary matrices: 0.79 MB with two bits each\ncache    2.0 KB per position\n",
    "error: E_GGUF_TRUNCATED: short.gguf: ...\n" },
  { "as JSON: nothing but the error", "gen/tritc plan $D/short.gguf --target scalar --json", 65, nil, "error: E_GGUF_TRUNCATED: ...\n" },
  { "cut in the magic", "printf GG >$D/gg.gguf; gen/tritc plan $D/gg.gguf --target scalar", 65, nil, "error: E_GGUF_TRUNCATED: ...\n" },
  { "an absurd length is not taken for a missing byte", "gen/tritc plan $D/hostile.gguf --target scalar", 65, nil, "error: E_GGUF_STR_LEN: ...\n" },
  { "what is not supported, by name", "gen/tritc plan $D/other.gguf --target scalar", 69, "file ...\narch     mamba\n",
    "error: E_MODEL_ARCH: other.gguf: architecture mamba is not supported; ...\n" },
  { "another machine's memory", "gen/tritc plan $M --target $OTHER --memory 0.005", 0, "...\nfits     no: ... MB of 5.00 MB available\n" },
  { "enough of it", "gen/tritc plan $M --target $OTHER --memory 1", 0, "...\nfits     yes: ... MB of 1000.00 MB available\n" },
  { "the bound on prefill", "gen/tritc plan $M --target scalar --peak 2.5", 0, "...\nprefill  794.7 tokens per second at 2.5 GMAC/s\n..." },
}, { D = D, M = DEMO, OTHER = programs.run("uname -m") == "aarch64\n" and "x86-64-v3" or "armv8" })

-- ---- the shape of a real model in time ----

local BIG = programs.synth("plan-2b", "bitnet-b1.58-2b-4t", "--no-weights")
local seconds = programs.run(("bash -c 'TIMEFORMAT=%%U; time gen/tritc plan %s --target scalar >%s/out 2>&1' 2>&1"):format(BIG, D))
t.ok(tonumber(seconds) < 3, ("the 2B shape is planned in %s s of processor time"):format(seconds:match("%S+")))
t.done()
