#!/usr/bin/env lua5.4
-- kernels.t: tests/kernels.c with the kernels of every target, for several K, natively or under its emulator; sanitizers;
-- the size of the straight-line blocks; broken kernels, which must be found. TEST_FULL=1: clang, other unrollings, all mutants.

package.path = "./?.lua;" .. package.path
local blocks = require("tests.blocks")
local file = require("gen.file")
local packings = require("gen.packings")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")
local target_facts = require("gen.target")

local FULL = os.getenv("TEST_FULL")
local BLOCK_BYTES = 16384          -- docs/KERNELS.md
local CPUS = { ["armv7-neon"] = { "cortex-a7" }, armv8 = { "cortex-a53" }, ["armv8-dotprod"] = { "cortex-a76" } }

-- Every inner dimension has a kernel: embd, heads * head_dim, ff. One block and many, whole last steps and broken ones.
local MODEL = { name = "k128-k260-k6912", flags = "--embd 128 --heads 2 --kv-heads 1 --head-dim 130 --ff 6912" }
local SHORT = { name = "k128-k260-k1408", flags = "--embd 128 --heads 2 --kv-heads 1 --head-dim 130 --ff 1408" }
local OTHER = { name = "k2560-k4-k132", flags = "--embd 2560 --heads 1 --kv-heads 1 --head-dim 4 --ff 132" }

-- Kernels for lists: several blocks of 256, the last one broken, and a fold between them.
local LISTS = { name = "lists", flags = "--embd 1408 --heads 1 --kv-heads 1 --head-dim 4 --ff 132" }
-- Weights of +2: sums of int16 hold less of them.
local PLUS_TWO = { name = "plus-two", flags = "--embd 128 --heads 1 --kv-heads 1 --head-dim 128 --ff 1408 --weights q2_0" }
local SUMS_16 = { ["x86-64-v3"] = true, armv8 = true, ["armv7-neon"] = true }     -- targets that have such

local TESTS = shell.capture({ "pwd" }):match("[^\n]+") .. "/tests"
local dir = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local scratch <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-rf", dir }) end })

local function show(text) print("# " .. text:sub(1, 2000):gsub("\n", "\n# ")) end

-- The part of model.c that lists the kernels, as a file: all of it takes gcc as long as a kernel does.
local function table_of(model)
  local declarations = model:match("\n\n(%u+%(%l[%w_]*%);\n.-\n)\n")
  return '#include "engine.h"\n#include "kernel.h"\n' .. declarations ..
    model:match("\nconst struct kernel_row model_kernels.-\nconst int model_kernel_count[^\n]*\n")
end

-- Emits a model for a target: the folder and the variables of its build.mk; nil and the error if that fails.
local function emit(model, target, flags)
  local folder = ("%s/%s-%s%s"):format(dir, model.name, target.name, flags:gsub("[^%w]+", "-"))
  local words = ("%s/%s.gguf --target %s %s -o %s"):format(dir, model.name, target.name, flags, folder)
  local _, code, err = programs.run("gen/tritc emit " .. words)
  if code ~= 0 then return nil, err end
  local build = { folder = folder, target = target.name, model = target.name .. model.name }
  for name, value in file.read(folder .. "/build.mk"):gmatch("\n(%u+) *= ?([^\n]*)") do build[name] = value end
  build.cc, build.cflags = build.CC, build.CFLAGS .. " -Wpedantic -Werror"
  build.kernels = build.KERNELS:gsub(" ", ".o ") .. ".o"
  file.write(folder .. "/table.c", table_of(file.read(folder .. "/model.c")))
  return build
end

-- Compiles the kernels as build.mk does, warnings as errors, past ccache, which meets few of them again. Returns the errors.
local function compile(build)
  local _, _, err = programs.run(("MAKEFLAGS= CCACHE_DISABLE=1 make -j2 -s -C %s -f build.mk CC='%s' CFLAGS='%s' %s >/dev/null"):format(
    build.folder, build.cc, build.cflags, build.kernels))
  return err
end

-- Compiles the table and, once for a target and flags, the checks and what they call, which know no instruction set: their loops
-- over the definition as vectors, which takes two thirds of the time. The model is looked through for warnings, once for a target.
local checks, looked = {}, {}

local function compile_checks(build)
  local key, sources, look = table.concat({ build.target, build.cc, build.cflags }, " "), "table.c", "true"
  if not checks[key] then
    checks[key] = ("%s/kernels.o %s/error.o %s/cpu.o"):gsub("%%s", build.folder)
    sources = "table.c runtime/error.c runtime/cpu.c " .. shell.quote(TESTS .. "/kernels.c")
  end
  if not looked[build.model] then look = "$cc $FLAGS -fsyntax-only model.c runtime/team.c" end
  build.checks, looked[build.model] = checks[key], true
  local _, _, err = programs.run(("cd %s; cc='%s %s -I. -Iruntime' FLAGS='%s'; $cc -O1 -ftree-vectorize -c %s && %s"):format(build.folder, build.cc,
    build.cflags, build.FLAGS, sources, look))
  return err
end

-- Links the checks, the kernels and their table. Returns the program.
local function link(build)
  local _, code, err = programs.run(("cd %s && %s %s -o kernels %s table.o %s"):format(build.folder, build.cc, build.cflags,
    build.checks, build.kernels))
  if code ~= 0 then error(err, 0) end
  return build.folder .. "/kernels"
end

-- Runs the checks; every kernel of the program is one test.
local function check(program, name)
  local text, code, err = programs.run("timeout 120 " .. program)
  local skipped = text:match("1%.%.0 # SKIP ([^\n]*)")
  if skipped then return t.skip(skipped, name) end
  local plan, count = text:match("\n1%.%.(%d+)\n$"), 0
  for good, kernel in text:gmatch("\n(%l-) ?ok %d+ %- ([^\n]+)") do
    t.ok(good == "", ("%s: %s"):format(name, kernel))
    count = count + 1
  end
  if not t.ok(code == 0 and count > 0 and tonumber(plan) == count, ("%s: %d kernels, exit %d"):format(name, count, code)) then
    show(text .. err)
  end
end

-- Compiles, links and runs, also on the other CPUs of the target's emulator.
local function check_build(build, target, name)
  local err = compile(build) .. compile_checks(build)
  if not t.ok(err == "", name .. ": compiles without a warning") then return show(err) end
  local program = link(build)
  check(target.prefix .. program, name)
  for _, cpu in ipairs(FULL and target.prefix ~= "" and CPUS[target.name] or {}) do
    check(("%s-cpu %s %s"):format(target.prefix, cpu, program), name .. ", " .. cpu)
  end
end

-- Vector arithmetic per 64 weights of one token, as docs/TARGETS.md counts it: the unpacking and products of each recipe.
local RECIPES = { ["t2-armv7"] = 14, ["t2-neon"] = 13, ["t2-dotprod"] = 8, ["t2-i8mm"] = 8, ["t2-avx2"] = 6.5, ["t2-avxvnni"] = 4,
  ["t2-avx512"] = 2, ["t2-amx"] = 2, ["t53-avx512"] = 3, ["t53-amx"] = 3, ["t53l-dotprod"] = 13.1, ["t53l-i8mm"] = 13.1 }

local function check_recipe(build, name, kernel, objdump)
  local recipe = RECIPES[kernel:match("^kernels%-(%w+%-%w+)%-k6912$")]
  if not recipe then return end
  local rows, k, steps = file.read(build.folder .. "/report.txt"):match("_k6912 +(%d+) rows .- of (%d+) weights, (%d+) written out")
  local count = blocks.arithmetic(objdump, ("%s/%s.o"):format(build.folder, kernel)) / (rows * k * steps / 64)
  t.ok(count >= recipe and count <= 1.15 * recipe, ("%s: %.1f vector instructions per 64 weights, the recipe has %.1f"):format(
    name, count, recipe))
end

local function check_blocks(build, name)
  local objdump = build.CC:gsub("%f[%w]g?cc$", "objdump")
  for kernel in build.KERNELS:gmatch("%S+") do
    local bytes = blocks.largest(objdump, ("%s/%s.o"):format(build.folder, kernel))
    t.ok(bytes > 0 and bytes <= BLOCK_BYTES, ("%s: %s.c, blocks of up to %d bytes"):format(name, kernel, bytes))
    check_recipe(build, name, kernel, objdump)
  end
end

-- ---- mutants of the kernels for K = 260: packing and family, what is wrong, text, replacement, what the checks must say ----

local MUTANTS = {
  { "t2-scalar", "a wrong mask", "b0 & 3", "b0 & 1", "row %d+, token" },
  { "t2-scalar", "a wrong shift", "b3 >> 4", "b3 >> 5", "row %d+, token" },
  { "t2-scalar", "`from` ignored", "i = from", "i = from * 0", "outside" },
  { "t2-scalar", "a token forgotten", "t < n", "t < n - (n == 7)", "token 6" },
  { "t2-scalar", "strides ignored", "t * y_stride", "t * (y_stride + 1)", "behind the output" },
  { "t2-scalar", "weights read too far", "w += 16;", "w += 16; (void)*(const volatile uint8_t *)w;", "byte 1 behind the packed weights" },
  { "t2-scalar", "activations read too far", "sum = q8_sum(x)", "sum = q8_sum(x) + 0 * *(const volatile int8_t *)(x + 768)",
    "byte 1 behind the activations" },
  { "t2-scalar", "an input written to", "sum = q8_sum(x)", "sum = q8_header((int8_t *)x)->sum++", "write to the activations" },
  { "t2-avx2", "a fold too late", "acc0 = fold(acc0, a0, b0);\n        a0 = b0 = _mm256_setzero_si256();\n", "", "row %d+, token" },
  { "t2-avx2", "a wrong shift", "_mm256_srli_epi16(w0, 4)", "_mm256_srli_epi16(w0, 3)", "row %d+, token" },
  { "t2-avx2", "sums of the chunks before lost", "first ? y0 : ", "", "row %d+, token" },
  { "t2-avx2", "a wide load of activations", "    int32_t v;\n", "    int32_t v;\n    (void)((const volatile int8_t *)x)[767];\n",
    "behind the activations" },
  { "t2-avx2", "the sums of a chunk forgotten", "h + (l >> 8)", "h", "row %d+, token" },
  { "t2-avx2", "tokens that are not there", "t + 16 < n ? t + 16 : n - 1", "t + 16", "behind the activations" },
  { "t2-avx512", "a plane not shifted", "(c0 >> 4)", "c0", "row %d+, token" },
  { "t2-avx512", "a wrong mask", "w3 & 0xc0c0c0c0", "w3 & 0xf0f0f0f0", "row %d+, token" },
  { "t2-avx512", "the first chunk taken for a later one", "first ? ", "!first ? ", "row %d+, token" },
  { "t2-avx512", "a wide load of activations", "    int32_t v;\n", "    int32_t v;\n    (void)((const volatile int8_t *)x)[767];\n",
    "behind the activations" },
  { "t53-avx512", "a plane not shifted", "(c3 >> 4)", "c3", "row %d+, token" },
  { "t53-avx512", "a wrong code", "CODES = {0, 1,", "CODES = {0, 2,", "row %d+, token" },
  { "t53-avx512", "weights read too far", "g < 3 ?", "g < 4 ?", "byte 1 behind the packed weights" },
  { "s54-avx512", "a wrong shift", "srli_epi16(slots, 4)", "srli_epi16(slots, 3)", "row %d+, token" },
  { "s54-avx512", "weights read too far", "w += 3840;", "w += 3840; (void)*(const volatile uint8_t *)w;", "byte 1 behind the packed weights" },
  { "s54-avx2", "a fold too late", "acc3 = fold(acc3, a3, b3);", "acc3 = fold(acc3, a3, a3);", "row %d+, token" },
  { "s54-avx2", "a wrong sign", "_mm256_slli_epi16(signs, 7)", "_mm256_slli_epi16(signs, 6)", "row %d+, token" },
  { "s54-scalar", "a wrong shift", "(7 - i) & 1", "(6 - i) & 1", "row %d+, token" },
  { "s54-neon", "a wrong lane", "PLANE(q3, 3)", "PLANE(q3, 2)", "row %d+, token" },
  { "s54-dotprod", "a wrong lane", "q3, 3)", "q3, 2)", "row %d+, token" },
  { "b1-scalar", "a wrong bit", "-(b >> 5 & 1)", "-(b >> 4 & 1)", "row %d+, token" },
  { "b1-avx512", "a plane not shifted", "(c0 >> 1)", "c0", "row %d+, token" },
  { "b1-avx2", "a wrong shift", "srli_epi16(w3, 2)", "srli_epi16(w3, 1)", "row %d+, token" },
  { "b1-neon", "a wrong mask", "odd = planes(v, 2)", "odd = planes(v, 4)", "row %d+, token" },
  { "t2-avxvnni", "a plane not shifted", "(d1 >> 6)", "d1", "row %d+, token" },
  { "t2-avxvnni", "a token forgotten", "switch (n - t) {", "switch (n - t - (n == 5)) {", "row %d+, token" },
  { "t2-amx", "a tile forgotten", "_tile_dpbsud(3, 5, 7)", "(void)x", "row %d+, token" },
  { "t2-amx", "the panel refilled too early", "scratch + (slot ^ UNIT);", "scratch + slot;", "row %d+, token" },
  { "t2-amx", "sums stored elsewhere", "_tile_stored(2, at + 2048, 128)", "_tile_stored(2, at, 128)", "row %d+, token" },
  { "t2-amx", "tokens left in scratch", "    finish(b, FINISHING, form);\n}", "    finish(b, 0, form);\n}", "token 0" },
  { "t2-amx", "a gate that is not squared", "old * old * v", "old * v", "into a gate" },
  { "t2-neon", "a fold too late", "        accl0 = fold(accl0, al0, bl0);\n        acch0 = fold(acch0, ah0, bh0);\n"
    .. "        al0 = ah0 = bl0 = bh0 = vdupq_n_s16(0);\n", "", "row %d+, token" },
  { "t2-neon", "a wrong mask", "planes(w0, 3)", "planes(w0, 1)", "row %d+, token" },
  { "t2-dotprod", "a plane not shifted", "b0, 2), c0, 4)", "b0, 2), c0, 0 + 2)", "row %d+, token" },
  { "t2-dotprod", "a wrong mask", "masked(w3, m30)", "masked(w3, m0c)", "row %d+, token" },
  { "t2-dotprod", "another plane's activations", "masked(w1, m0c), q, 1)", "masked(w1, m0c), q, 2)", "row %d+, token" },
  { "t53l-dotprod", "an upper bit of another part", "case 3: return signs", "case 3: return vshlq_n_u8(signs, 1)", "row %d+, token" },
  { "t2-i8mm", "lines not paired", "    pair_lines(panel, lines);\n", "    (void)pair_lines;\n", "row %d+, token" },
  { "t2-i8mm", "two tokens exchanged", "vuzp2q_s32", "vuzp1q_s32", "row %d+, token" },
  { "t2-armv7", "a fold too late", "        accl0 = vpadalq_s16(accl0, l0);\n        acch0 = vpadalq_s16(acch0, h0);\n"
    .. "        l0 = h0 = vdupq_n_s16(0);\n", "", "row %d+, token" },
  { "t2-armv7", "a wrong shift", "vshrq_n_u8(w2, 4)", "vshrq_n_u8(w2, 5)", "row %d+, token" },
}

local QUICK = { ["a fold too late"] = true, ["a plane not shifted"] = true, ["weights read too far"] = true, ["a tile forgotten"] = true, ["lines not paired"] = true }   -- those of every run

local LIST_MUTANTS = {      -- the same of kernels for lists: file, what is wrong, text, replacement, report
  { "t2r-%s-k1408", "a row forgotten", "i < count; i", "i < count - 1; i", "listed" },
  { "t2c-%s-1536x132", "a column forgotten", "i < count; i", "i < count - 1; i", "listed" },
  { "t2c-%s-1536x132", "a panel of other codes", "= CODES_IN(v", "= CODES_IN(2 * v", "row %d+, token" },
  { "t2r-amx-k1408", "a block not turned", "turn(block, block, 128);", "(void)block;", "row %d+, token" },
}

-- Breaks kernel `name` of a build that has passed, and mends it again. In a bounded run without optimisation: a mistake is one.
local function check_mutant(passed, target, name, mutant)
  local build = setmetatable({ cflags = FULL and passed.cflags or passed.cflags:gsub("%-O2", "-O0") }, { __index = passed })
  local _, what, text, replacement, report = table.unpack(mutant)
  local path = ("%s/kernels-%s.c"):format(build.folder, name)
  local source = file.read(path)
  local from, to = source:find(text, 1, true)
  if not from then return t.ok(false, ("%s, %s: the text is in %s.c"):format(target.name, what, name)) end
  file.write(path, source:sub(1, from - 1) .. replacement .. source:sub(to + 1))
  local err = compile(build)
  local found = err == "" and programs.run(("timeout 120 %s%s --only=%s"):format(target.prefix, link(build),
    (name:gsub("-", "_")))) or err
  if not t.ok(found:find("\nnot ok 1 %- ") and found:find(report), ("%s: %s is found"):format(target.name, what)) then show(found) end
  file.write(path, source)
end

-- ---- everything, target by target ----

local function check_model(model, target, flags)
  local name = ("%s, %s, %s"):format(target.name, flags, model.name)
  local build, err = emit(model, target, flags)
  if not build and err:find("^error: E_TOOL") then return t.skip(err:match("[^\n]*"), name) end
  if not t.ok(build, name .. ": emitted") then return show(err) end
  check_build(build, target, name)
  check_blocks(build, name)
  return build
end

local function check_mutants(build, target)
  local kind = build.KERNELS:match("^kernels%-(%w+%-%w+)")
  for _, mutant in ipairs(MUTANTS) do
    if mutant[1] == kind and (FULL or QUICK[mutant[2]] or kind == "t2-scalar") then
      check_mutant(build, target, kind .. "-k260", mutant)
    end
  end
end

local function check_lists(target)
  local build = check_model(LISTS, target, "--skip all --unroll 1")
  local family = build.KERNELS:match("^kernels%-%w+%-(%w+)")
  for _, mutant in ipairs(LIST_MUTANTS) do
    local name = mutant[1]:format(family)
    if name:find(family, 1, true) and (FULL or family == "avx2") then check_mutant(build, target, name, mutant) end
  end
end

local function check_variant(model, target, name, flags, cc, cflags)
  local build, err = emit(model, target, flags)
  name = ("%s, %s, %s"):format(target.name, model.name, name)
  if not t.ok(build, name .. ": emitted") then return show(err) end
  build.cc, build.cflags = cc or build.cc, build.cflags .. " " .. cflags
  check_build(build, target, name)
end

-- In a bounded run these targets, one per architecture and the best one, have the long rows and the packings of some models.
local LONG = { scalar = true, ["x86-64-v3"] = true, armv8 = true, [programs.native()] = true }

local function check_packing(target, packing)
  local long = FULL or LONG[target.name] and not packings[packing].some
  local flags, model = "--packing " .. packing, long and MODEL or SHORT
  local build = check_model(model, target, flags)
  if not build then return end
  check_mutants(build, target)
  local native = target.prefix == ""
  local sanitized = native and (FULL or model == MODEL and (target.name == "scalar" or target.name == programs.native()))
  if sanitized then
    check_variant(FULL and MODEL or SHORT, target, "sanitized", flags .. " --unroll 1", nil, programs.SANITIZED.address)
  end
  if not FULL then return end
  check_model(OTHER, target, flags)
  check_variant(OTHER, target, "--unroll 3", flags .. " --unroll 3", nil, "")
  if native and shell.has("clang") then
    check_variant(MODEL, target, "clang", flags .. " --threads 1", "clang", "")
    check_variant(OTHER, target, "clang", flags .. " --threads 1", "clang", "")
  end
end

local function check_target(target)
  local emulator = target.prefix:match("[%w-]+")
  local obstacle = target.obstacle or emulator and not shell.has(emulator) and "no " .. emulator
    or target.name == "wasm32" and "WebAssembly has no guard pages; its kernels are scalar's"
  if obstacle then return t.skip(obstacle, target.name) end
  local facts = target_facts.load(".", target.name)
  for packing in pairs(facts.packings) do
    if FULL or LONG[target.name] or not packings[packing].some then check_packing(target, packing) end
  end
  if FULL or rawget(facts, "lists") and target.name ~= "armv7-neon" then check_lists(target) end
  if FULL or SUMS_16[target.name] then check_model(PLUS_TWO, target, "--act token") end
end

for _, model in ipairs({ MODEL, SHORT, LISTS, PLUS_TWO, FULL and OTHER or nil }) do
  local command = ("gen/tritc synth toy --layers 1 --vocab 512 %s -o %s/%s.gguf"):format(model.flags, dir, model.name)
  local _, code, err = programs.run(command)
  if code ~= 0 then error(err, 0) end
end
for _, target in ipairs(programs.targets()) do check_target(target) end
t.done()
