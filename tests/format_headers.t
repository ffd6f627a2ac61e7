#!/usr/bin/env lua5.4
-- format_headers.t: formats of ternary weights as the header has them: sizes, ids that several formats share, what is refused; how
-- activations are quantised.
-- Contract: docs/FORMATS.md. The encoders are tests/format_cases.lua.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local encoders = require("tests.format_cases")
local formats = require("gen.formats")
local gguf = require("gen.gguf")
local groups = require("gen.groups")
local model = require("gen.model")
local tensor_bytes = require("gen.tensor_bytes")
local types = require("gen.tensor_types")
local t = require("tests.tap")

local toy, w = encoders.toy, {}        -- weights that every format but the binary ones can hold: of each four, 16 apart, one is 0
for i = 0, 255 do w[i + 1] = (i // 16 + i) % 4 == 0 and 0 or (i * i // 3) % 2 * 2 - 1 end

-- ---- headers: sizes that are not the format's, ids that several formats share ----

local function load(spec) return model.load(gguf.parse((cases.encode(spec)), "toy.gguf")) end
local function bad(error_name, what, spec) t.fails(error_name, function() load(spec) end, what) end

local PLAIN = cases.toy { n_embd = 256, n_head = 64, n_head_kv = 4, n_ff = 768 }

-- A toy whose ffn_down, last in the file or not, is of a type, with its bytes and `more` behind them.
local function typed(layout, last, more, change)
  local spec = { kv = PLAIN.kv, tensors = {} }
  for i, row in ipairs(PLAIN.tensors) do spec.tensors[i] = { name = row.name, dims = row.dims, type = row.type, data = row.data } end
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
  bad(shared and "E_MODEL_TYPE" or "E_GGUF_RANGE", "G49 G50 G51 " .. what .. "two matrices of 2^52 weights", typed(layout, false, 0, function(row, spec)
    local up = cases.tensor(spec, "blk.0.ffn_up.weight")
    row.dims, up.type, up.dims = { 1 << 26, 1 << 26 }, row.type, { 1 << 26, 1 << 26 }
  end))
  bad("E_MODEL_TYPE", "G52 " .. what .. "where a norm must be", typed(layout, false, 0, function(_, spec)
    local norm = cases.tensor(spec, "blk.0.ffn_norm.weight")
    norm.type, norm.dims, norm.data = layout.id, { 256, 4 }, ("\0"):rep(tensor_bytes.of(layout, { 256, 4 }, "x"))
  end))
  bad("E_MODEL_TYPE", "G53 " .. what .. "32 bytes more", typed(layout, false, 32))
  bad("E_MODEL_TYPE", "G53 " .. what .. "in n bytes", typed(layout, false, 0, function(row) row.data = ("\0"):rep(256 * 768) end))
  bad(shared and "E_MODEL_TYPE" or "E_GGUF_SHAPE", "G54 " .. what .. "rows of 255", typed(layout, false, 0, function(row) row.dims = { 255, 769 } end))
  bad(shared and "E_MODEL_TYPE" or "E_GGUF_RANGE", "G55 G58 " .. what .. "one byte is missing", typed(layout, true, -1))
  bad(shared and "E_MODEL_TYPE" or "E_GGUF_OVERLAP", "G59 " .. what .. "overlap", typed(layout, false, -32))
  bad("E_GGUF_OFFSET", "G56 " .. what .. "offset 16", typed(layout, false, 0, function(row) row.offset = 16 end))
  bad("E_GGUF_OFFSET", "G57 " .. what .. "offset 2^64-1", typed(layout, false, 0, function(row) row.offset = -1 end))
end
bad("E_GGUF_SHAPE", "G54 IQ2_BN_R4 of 6 rows", typed(types[335], false, 0, function(row) row.dims = { 256, 6 } end))

-- Space that two formats of an id fill: of attn_k alone, k x k / 64 weights.
for _, case in ipairs { { 41, 128, 48, "Q1_0 or its groups of 32" }, { 42, 256, 288, "Q2_0 in groups of 64 or 128" }, { 142, 256, 272, "PQ2_0 or IQ2_TN" },
  { 143, 256, 224, "PTQ1_0 or IQ1_TN" } } do
  local id, k, bytes, what = table.unpack(case)
  local spec = cases.toy { n_embd = k, n_head = 64, n_head_kv = 1, n_ff = 768 }
  local row = cases.tensor(spec, "blk.0.attn_k.weight")
  row.type, row.data = id, ("\0"):rep(bytes)
  bad("E_MODEL_TYPE", ("%d: %s"):format(id, what), spec)
end
-- Groups that do not divide the columns, but all weights together.
for _, layout in ipairs(layouts) do
  local k = 3 * layout.block // 2
  if k % 32 == 0 then
    local spec = cases.toy { n_embd = 256, n_head = 64, n_head_kv = 1, n_ff = k }
    local row = cases.tensor(spec, "blk.0.ffn_down.weight")
    row.type, row.data = layout.id, ("\0"):rep(256 * (layout.header + k * layout.block_bytes // layout.block))
    bad(types[layout.id].variants and "E_MODEL_TYPE" or "E_GGUF_SHAPE", ("G54 %d %s: groups in %d columns"):format(layout.id, layout.name, k), spec)
  end
end
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
    local list = table.move(w, 1, 256, 513, table.move(w, 1, 256, 257, table.move(w, 1, 256, 1, {})))
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
t.done()
