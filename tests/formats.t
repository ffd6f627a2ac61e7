#!/usr/bin/env lua5.4
-- formats.t: every format of ternary weights: files that hold the same weights pack to the same image, byte by byte; the oracle,
-- which reads each format a second time, agrees with the program; what no format allows is refused by name.
-- Contract: docs/FORMATS.md. The encoders are tests/format_cases.lua.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local encoders = require("tests.format_cases")
local formats = require("gen.formats")
local gguf = require("gen.gguf")
local groups = require("gen.groups")
local model = require("gen.model")
local programs = require("tests.programs")
local shell = require("gen.shell")
local target_facts = require("gen.target")
local tensor_bytes = require("gen.tensor_bytes")
local types = require("gen.tensor_types")
local t = require("tests.tap")

local FULL = os.getenv("TEST_FULL")
local folder <close> = cases.folder()
local variables = { D = folder.path }

-- The weights of the published vectors; their signs, as binary formats have them; and with a zero in each lane group of Sherry.
local w, signs, sherry = {}, {}, {}
for i = 0, 255 do
  w[i + 1] = (i * i + 3 * i + (i >> 4)) % 7 % 3 - 1
  signs[i + 1] = w[i + 1] < 0 and -1 or 1
  sherry[i + 1] = (i // 16 + i) % 4 == 0 and 0 or (i * i // 3) % 2 * 2 - 1
end

-- ---- the published vectors: formats of ggml and ik_llama.cpp, 256 weights; PrismML's, the first 128 of them; scale 0.5 ----

local VECTORS = {
  i2_s = "254104640aa884254104640aa884254158894001084a9658894001084a96588958894001084a9658894001084a9658899506119028a1129506119028a1129506" .. "0000003f",
  tq1_0 = "475b0b981af8b7475b0b981af8b7475b87c156061371d787c156061371d787c188181d1e534e7e88181d1e534e7e88186cd792230038",
  tq2_0 = "58411019a02a1258411019a02a1258412562014020a1962562014020a19625622562014020a1962562014020a196256256904406284a8456904406284a8456900038",
  iq2_bn = "0000003f6409042100264a6409042100264a6409195801412a8a85195801412a8a85195859024148808952590241488089525902469640100a62a1469640100a62a14696",
  iq1_bn = "003820254d11a0983b16c0020d7208d2658db452e1af265c20254d2d11a0983b16c0020d72d2658d03b452e1af265c20254d11a09848",
  q2_0 = "00384428114a1964069982882022015000140038515a94160a9a82a6054281504428114a",
  q2_0_g128 = "00384428114a196406998288202201500014515a94160a9a82a6054281504428114a",
  pq2_0 = "00384428114a196406998288202201500014515a94160a9a82a6054281504428114a",
  ptq1_0 = "348f1e6a03dde8348f1e6a03dde8348ff1b60041f7ca94f1851700389dad593d0997b99dad593d0997b99dad76610543b11b3276b86f0038",
  q1_0 = "00386ab5e7f3a954c160fd7ef3f993c96ab5",
}

local function bytes_of_hex(hex) return (hex:gsub("..", function(two) return string.char(tonumber(two, 16)) end)) end

for name, hex in cases.sorted(VECTORS) do
  local bytes = bytes_of_hex(hex)
  t.is(encoders.matrix(name, name == "q1_0" and signs or w, 256, 1):sub(1, #bytes), bytes, name .. ": the encoder gives the published bytes")
end

-- ---- the same weights, the same image ----

-- Id, weights and flags of every file; i2_s_arm and i2_s_sequential: I2_S as other writers pack it.
local FILES = {
  i2_s_arm = { 36, w, "--i2s-layout arm" }, i2_s_sequential = { 36, w, "--i2s-layout=sequential" },
  tq1_0 = { 34, w }, tq2_0 = { 35, w }, iq1_bn = { 134, w }, iq2_bn = { 135, w }, iq2_bn_r4 = { 335, w }, q2_0 = { 42, w }, q2_0_g128 = { 42, w },
  pq2_0 = { 142, w }, ptq1_0 = { 143, w }, q1_0 = { 41, signs }, q1_0_g32 = { 40, signs }, stq1_0 = { 43, sherry },
}

local toy = encoders.toy

local FLAGS = FULL and "-O1 -fsanitize=undefined -fno-sanitize-recover=undefined" or "-O1"
local PACK = "rm -rf $D/out; gen/tritc emit %s --target scalar --packing t2 %s -o $D/out 2>$D/log && make -s -C $D/out -f build.mk pack CFLAGS='-Wall -Wextra -Werror " .. FLAGS .. "' "
  .. ">$D/log && cd $D/out && ./pack %s vocabulary.bin ../image"

-- Everything behind the header page of the image that a file is packed to; an error message if it is not.
local function image(path, flags)
  local _, code, err = programs.run(("D=%s; " .. PACK):format(shell.quote(folder.path), path, flags or "", "$OLDPWD/" .. path))
  if code ~= 0 then return err end
  local f <close> = assert(io.open(folder.path .. "/image", "rb"))
  f:seek("set", 4096)
  return f:read("a")
end

local function image_of(spec, flags)
  local path = "out/test/formats.gguf"
  os.execute("mkdir -p out/test")
  cases.write(path, (cases.encode(spec)))
  return image(path, flags)
end

local want = { [w] = image_of(toy("i2_s", 36, w)), [signs] = image_of(toy("i2_s", 36, signs)), [sherry] = image_of(toy("i2_s", 36, sherry)) }
t.ok(#want[w] > 2 << 20 and want[w] ~= want[signs] and want[signs] ~= want[sherry], "three images to compare with")
t.ok(image_of(toy("i2_s", 36, w), "--i2s-layout arm") ~= want[w], "the layout of I2_S makes a difference")

-- Weights of a block whose scale is 0 are 0, whatever their codes.
do
  local unscaled, zeros = toy("tq2_0", 35, w), toy("i2_s", 36, w)
  local function replace(spec, at, bytes)
    local row = cases.tensor(spec, "blk.0.ffn_down.weight")
    row.data = row.data:sub(1, at) .. bytes .. row.data:sub(at + #bytes + 1)
  end
  replace(unscaled, (5 * 3 + 1) * 66, ("\xaa"):rep(64) .. "\0\0")
  replace(zeros, (5 * 768 + 256) // 4, ("\x55"):rep(64))
  t.ok(image_of(unscaled) == image_of(zeros), "weights of a block of scale 0 are 0")
end

-- ---- each format: the image of I2_S; what the packer refuses ----

-- Bytes of the last unit of ffn_down (rows of 768) and where its scale lies: an f16 but for IQ2_BN.
local UNITS = {
  tq1_0 = { 54, 52 }, tq2_0 = { 66, 64 }, stq1_0 = { 42, 40 }, ptq1_0 = { 28, 26 }, q2_0 = { 18, 0 }, q2_0_g128 = { 34, 0 }, pq2_0 = { 34, 0 },
  q1_0 = { 18, 0 }, q1_0_g32 = { 6, 0 }, iq1_bn = { 158, 0 }, iq2_bn = { 196, 0 }, iq2_bn_r4 = { 784, 12 },
}
local REPACK = "cd $D/out && ./pack ../bad.gguf vocabulary.bin x.img; code=$?; ls | grep tmp; ls x.img 2>&-; exit $code"
local function refused(what, spec, at, bytes, error_text)
  local row = cases.tensor(spec, "blk.0.ffn_down.weight")
  local good = row.data
  row.data = good:sub(1, #good + at) .. bytes .. good:sub(#good + at + #bytes + 1)
  cases.write(folder.path .. "/bad.gguf", (cases.encode(spec)))
  row.data = good
  commands.check(t, { { what, REPACK, 65, nil, error_text } }, variables)
end

local function refuse_units(name, spec)
  local unit = UNITS[name]
  local at, single = unit[2] - unit[1], formats[name].scale_bytes == 4
  local values = single and { NaN = ("<f"):pack(0 / 0), infinity = ("<f"):pack(1 / 0) } or { NaN = "\1\x7c", ["-infinity"] = "\0\xfc" }
  for what, bytes in cases.sorted(values) do
    refused(name .. ": a scale of " .. what, spec, at, bytes, "error: E_MODEL_SCALE: blk.0.ffn_down.weight...\n")
  end
  for what, bytes in cases.sorted { ["a bit more"] = single and "\1\0\0\x3f" or "\1\x38", ["the opposite"] = single and "\0\0\0\xbf" or "\0\xb8" } do
    refused(name .. ": a scale that is " .. what, spec, at, bytes, "error: E_MODEL_CHANGED: blk.0.ffn_down.weight...\n")
  end
  if not formats[name].plus_two and (formats[name].template == "unpack_2bit" or name == "iq2_bn_r4") then
    refused(name .. ": code 3", spec, -unit[1] + (name == "iq2_bn_r4" and 28 or single and 4 or 2), "\xc0",
      "error: E_MODEL_CODE: blk.0.ffn_down.weight: row 255 holds a code that " .. name .. " does not have\n")
  end
end

for name, row in cases.sorted(FILES) do
  local id, weights, flags = table.unpack(row)
  local spec = toy(name, id, weights)
  t.ok(image_of(spec, flags) == want[weights], ("%s (%d): the image of I2_S"):format(name, id))
  if UNITS[name] then refuse_units(name, spec) end
end

-- ---- headers: sizes that are not the format's, ids that several formats share ----

local function load(spec) return model.load(gguf.parse((cases.encode(spec)), "toy.gguf")) end
local function bad(error_name, what, spec) t.fails(error_name, function() load(spec) end, what) end

-- A toy whose ffn_down, last in the file or not, is of a type, with its bytes and `more` behind them.
local function typed(layout, last, more, change)
  local spec = cases.toy { n_embd = 256, n_head = 64, n_head_kv = 4, n_ff = 768 }
  local row, i = cases.tensor(spec, "blk.0.ffn_down.weight")
  row.type, row.data = layout.id, ("\0"):rep(tensor_bytes.of(layout, row.dims, "x") + (more or 0))
  if last then table.insert(spec.tensors, table.remove(spec.tensors, i)) end
  spec.last_padded = false
  if change then change(row, spec) end
  return spec
end

local layouts = {}
for _, type in pairs(types) do
  for _, layout in ipairs(type.variants or { type }) do
    if formats[layout.name] then layouts[#layouts + 1] = layout end
  end
end
table.sort(layouts, function(a, b) return a.id < b.id or a.id == b.id and a.name < b.name end)
t.is(#layouts, 17, "ids and formats")
for _, layout in ipairs(layouts) do
  local what, shared = ("%d %s: "):format(layout.id, layout.name), types[layout.id].variants
  t.is(load(typed(layout)).tensors["blk.0.ffn_down.weight"].type, layout.name, what .. "known by its size")
  t.is(load(typed(layout, true)).tensors["blk.0.ffn_down.weight"].type, layout.name, what .. "known as the last one")
  bad("E_GGUF_SIZE", "G48 " .. what .. "elements overflow", typed(layout, false, 0, function(row) row.dims = { 1 << 32, 1 << 32 } end))
  bad("E_MODEL_TYPE", "G53 " .. what .. "32 bytes more", typed(layout, false, 32))
  bad("E_MODEL_TYPE", "G53 " .. what .. "in n bytes", typed(layout, false, 0, function(row) row.data = ("\0"):rep(256 * 768) end))
  bad(shared and "E_MODEL_TYPE" or "E_GGUF_SHAPE", "G54 " .. what .. "rows of 255", typed(layout, false, 0, function(row) row.dims = { 255, 769 } end))
  bad(shared and "E_MODEL_TYPE" or "E_GGUF_RANGE", "G55 G58 " .. what .. "one byte is missing", typed(layout, true, -1))
  bad(shared and "E_MODEL_TYPE" or "E_GGUF_OVERLAP", "G59 " .. what .. "overlap", typed(layout, false, -32))
  bad("E_GGUF_OFFSET", "G56 " .. what .. "offset 16", typed(layout, false, 0, function(row) row.offset = 16 end))
  bad("E_GGUF_OFFSET", "G57 " .. what .. "offset 2^64-1", typed(layout, false, 0, function(row) row.offset = -1 end))
end
bad("E_GGUF_SHAPE", "G54 IQ2_BN_R4 of 6 rows", typed(types[335], false, 0, function(row) row.dims = { 256, 6 } end))
bad("E_MODEL_TYPE", "PQ2_0 of 256 columns could be IQ2_TN", (function()
  local spec = cases.toy { n_embd = 256, n_head = 64, n_head_kv = 4, n_ff = 768 }
  local row = cases.tensor(spec, "blk.0.ffn_up.weight")
  row.type, row.data = 142, ("\0"):rep(768 * 68)
  return spec
end)())
bad("E_MODEL_TYPE", "OxiBonsai's own type 42", (function()
  return cases.set(toy("q2_0_g128", 42, w), "general.quantization_version", "string", "TQ2_0_G128")
end)())

bad("E_MODEL_PARAM", "a rotation of the inputs", cases.set(cases.toy(), "prism.hadamard.version", "u32", 1))

-- ---- activations: the formats and the architecture decide, the file's key, the command ----

do
  local function activations(what, spec, wanted, expected) t.is(groups.activations(load(spec), wanted), expected, "activations: " .. what) end
  local function llama(format, id)
    local spec = cases.toy { arch = "llama", n_embd = 256, n_head = 64, n_head_kv = 1, n_ff = 768 }
    local row = cases.tensor(spec, "blk.0.ffn_down.weight")
    local list = table.move(sherry, 1, 256, 513, table.move(sherry, 1, 256, 257, table.move(sherry, 1, 256, 1, {})))
    row.type, row.data = id, encoders.matrix(format, list, row.dims[1], row.dims[2])
    return spec
  end
  local function key(value) return cases.set(llama("tq2_0", 35), "tritc.activations", "string", value) end
  for format, row in pairs { i2_s = { 36, "token" }, iq1_bn = { 134, "token" }, stq1_0 = { 43, "token" }, q2_0 = { 42, "group32" },
    q1_0 = { 41, "group32" }, ptq1_0 = { 143, "group32" }, tq2_0 = { 35, "group32" } } do
    activations(format, llama(format, row[1]), nil, row[2])
  end
  activations("TQ2_0 of BitNet", toy("tq2_0", 35, w), nil, "token")
  activations("Q2_0 of BitNet", toy("q2_0", 42, w), nil, "token")
  activations("the key", key("token"), nil, "token")
  activations("--act before the key", key("token"), "group32", "group32")
  t.fails("E_MODEL_PARAM", function() groups.activations(load(key("block"))) end, "activations: a key that says something else")
end

-- ---- whole models: the oracle and the program ----

local oracle = programs.oracle()
local SHAPES = { tl1 = "bitnet-b1.58-large", tl2 = "bitnet-b1.58-large" }
local function synth(name, shape, rows)
  local flags = shape and "--layers 1 --vocab 300 --ctx 64" or "--embd 256 --ff 768 --heads 8 --kv-heads 1 --head-dim 32 --seed 21"
  return programs.synth(("weights-%s%s"):format(name, rows and "-uneven-" .. rows or shape and "-" .. shape or ""), shape or "toy",
    flags .. " --weights " .. name .. (rows and " --uneven --type " .. rows or ""))
end
local function trace(path, ids) return programs.run(("%s %s trace %s"):format(oracle, path, ids)) end

local WEIGHTS_OF = { q1_0 = "q1_0", q1_0_g32 = "q1_0", stq1_0 = "stq1_0" }
for name in cases.sorted(formats) do
  if name ~= "i2_s" then
    local shape = SHAPES[name]
    local path, same = synth(name, shape), synth(WEIGHTS_OF[name] or "tq2_0", shape)
    t.is(trace(path, "17 4 99"), trace(same, "17 4 99"), name .. ": the oracle's logits are those of the same weights in another format")
    if shape or FULL and name ~= WEIGHTS_OF[name] then
      t.ok(image(path, "--tl-config setup") == image(same), name .. ": so is the image")
    end
  end
end
-- The program of a synthetic model equals the oracle. flags: of build.
local function check_program(name, target, flags)
  local what = ("%s on %s%s"):format(name, target.name, flags or "")
  if target.obstacle then return t.skip(target.obstacle, what) end
  local path = synth(name)
  local program = ("%s%s/%s"):format(target.prefix, programs.build(path, target.name, flags), path:match("([^/]*)%.gguf$"))
  local ids = programs.run(program .. " tokenize 'hello there'")
  local expected = trace(path, ids)
  for _, threads in ipairs { 1, 2 } do
    t.is(programs.run(("%s run --trace -n 0 -t %d 'hello there'"):format(program, math.min(threads, target.threads))), expected, ("%s, %d thread(s)"):format(what, threads))
  end
end

-- Formats that fit a packing of their own, one scale in each matrix, in that packing.
local PACKED = { scalar = { "q1_0" }, armv8 = { "stq1_0" }, [programs.native()] = { "stq1_0" } }
for _, target in ipairs(programs.targets()) do
  for _, name in ipairs(FULL and { "stq1_0", "q1_0" } or PACKED[target.name] or {}) do
    if target_facts.load(".", target.name).packings[formats[name].packing] then check_program(name, target, " --packing " .. formats[name].packing) end
  end
end

-- Scales that differ, weights of +2; activations of both kinds; embedding and head in every type of rows. In full length everything
-- on every target.
local SELECTION = {
  scalar = { "iq2_bn_r4 token q4_0", "tq2_0 group32 q1_0_g32", "q1_0_g32 token ptq1_0" },
  armv8 = { "q2_0 token q4_k", "q1_0 group32 q1_0" }, [programs.native()] = { "q2_0 group32 q2_0", "stq1_0 token q4_k" },
}
if FULL then
  local all, rows = {}, { "q4_0", "q4_k", "q8_0", "q6_k", "q1_0", "q1_0_g32", "q2_0", "q2_0_g128", "ptq1_0", "bf16" }
  for name, row in cases.sorted(formats) do
    for _, act in ipairs(row.per ~= "tensor" and { "token", "group32" } or {}) do
      all[#all + 1] = ("%s %s %s"):format(name, act, rows[#all % #rows + 1])
    end
  end
  for _, target in ipairs(programs.targets()) do SELECTION[target.name] = all end
end
for _, target in ipairs(programs.targets()) do
  for _, what in ipairs(SELECTION[target.name] or {}) do
    local name, act, rows = what:match("(%S+) (%S+) (%S+)")
    if target.obstacle then
      t.skip(target.obstacle, ("%s on %s"):format(what, target.name))
    else
      local path = synth(name, nil, rows)
      local program = ("%s%s/%s"):format(target.prefix, programs.build(path, target.name, "--act " .. act), path:match("([^/]*)%.gguf$"))
      local ids = programs.run(program .. " tokenize 'hello there'")
      local expected = programs.run(("%s --act %s %s trace %s"):format(oracle, act, path, ids))
      for _, run in ipairs { { 1, 1 }, { 1, 32 }, { 2, 32 }, { 2, 3 } } do
        local threads, batch = math.min(run[1], target.threads), run[2]
        t.is(programs.run(("%s run --trace -n 0 -t %d -b %d 'hello there'"):format(program, threads, batch)), expected,
          ("%s on %s: %d thread(s), batch %d"):format(what, target.name, threads, batch))
      end
    end
  end
end
commands.check(t, {
  { "weights that s54 cannot hold", "gen/tritc build out/test/weights-tq2_0.gguf --target scalar --packing s54 --skip none -o $D/s54 >$D/log", 69, nil,
    "warning: ...error: E_MODEL_PACKING: blk.0.attn_q.weight: of the weights ... are zero; s54 has one of four\n" },
  { "weights that b1 cannot hold", "gen/tritc build out/test/weights-stq1_0.gguf --target scalar --packing b1 --skip none -o $D/b1 >$D/log", 69, nil,
    "warning: ...error: E_MODEL_PACKING: blk.0.attn_q.weight: a weight is zero; b1 has -1 and +1\n" },
  { "TL1 with two tiles", "gen/tritc emit out/test/weights-tl1-bitnet-b1.58-large.gguf --target scalar -o $D/tl", 69, nil, "error: E_MODEL_TYPE: ...: say --tl-config ... or preset\n" },
  { "no such tiles", "gen/tritc emit m.gguf --tl-config none", 64, nil, "error: E_USAGE: --tl-config 'none' ...\n" },
  { "no such layout", "gen/tritc emit m.gguf --i2s-layout mips", 64, nil, "error: E_USAGE: --i2s-layout 'mips' ...\n" },
}, variables)
t.done()
