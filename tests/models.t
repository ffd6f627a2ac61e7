#!/usr/bin/env lua5.4
-- models.t: the tables of models/: complete, in agreement with published counts, and every shape is planned and can be written.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local chat = require("gen.chat")
local commands = require("tests.commands")
local gguf = require("gen.gguf")
local known_models = require("gen.known_models")
local pretokenizers = require("gen.pretokenizers")
local programs = require("tests.programs")
local synth = require("gen.synth")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path
local models = known_models.list(".")

-- ---- the tables ----

local SHAPE = { "layers", "embd", "ff", "heads", "kv_heads", "head_dim", "vocab", "ctx" }
local FIELDS = {
  name = "string", source = "string", file = "string", bytes = "number", sha256 = "string", model_hash = "string",
  arch = "string", general_name = "string", kvs = "number", tensors = "number", parameters = "number", matrices = "number",
  shape = "table", type = "string", head = "string", eps = "number", rope_base = "number", rope_scaling = "table",
  embedding = "boolean", weights = "table", published = "string", tokenizer = "table", chat = "string", prompts = "table",
  unverified = "table", unsupported = "string",
}

local function resolve(m, path)
  local value = m
  for key in path:gmatch("[^.]+") do value = type(value) == "table" and value[key] or nil end
  return value
end

-- What is wrong with a table, or nil.
local function problem(m)
  for key, value in pairs(m) do
    if type(value) ~= FIELDS[key] then return ("field %s is a %s"):format(key, type(value)) end
  end
  if not m.name:find("^[a-z0-9.-]+$") then return "name" end
  if m.unsupported then return not m.arch and "arch" or nil end
  for _, key in ipairs(SHAPE) do
    if math.type(m.shape[key]) ~= "integer" or m.shape[key] < 1 then return "shape." .. key end
  end
  if m.shape.heads % m.shape.kv_heads ~= 0 then return "heads" end
  if m.head and m.head ~= "tied" and m.head ~= "separate" then return "head" end
  if m.tokenizer.pre and not pretokenizers.rows[m.tokenizer.pre] then return "tokenizer.pre" end
  if m.chat and not chat.is_known(m.chat) then return "chat" end
  for _, path in ipairs(m.unverified or {}) do
    if resolve(m, path) == nil then return "unverified: no field " .. path end
  end
  for _, p in ipairs(m.prompts or {}) do
    if #p.ids == 0 or #p.greedy == 0 or not p.text then return "prompts" end
  end
end

local seen = {}
for _, m in ipairs(models) do
  t.is(problem(m), nil, m.name .. ": its table")
  t.ok(not seen[m.name], m.name .. ": the only one of this name")
  seen[m.name] = true
end
t.is(problem({ name = "x", arch = "y", shape = {}, frob = 1 }), "field frob is a number", "a mistake in a table is found")

-- ---- published counts ----

-- Weights of all matrices: in the blocks, and in embedding and head.
local function count(m)
  local s = m.shape
  local q, kv = s.heads * s.head_dim, s.kv_heads * s.head_dim
  return s.layers * s.embd * (2 * q + 2 * kv + 3 * s.ff), s.embd * s.vocab * (m.head == "separate" and 2 or 1)
end

for _, m in ipairs(models) do
  if not m.unsupported then
    local blocks, rows = count(m)
    local text, size = synth.header(".", m.name)
    local header = gguf.parse(text, m.name, size)
    local all, norms = 0, 0
    for _, tensor in ipairs(header.tensors) do
      local n = 1
      for _, dim in ipairs(tensor.dims) do n = n * dim end
      if #tensor.dims == 1 then norms = norms + n else all = all + n end
    end
    t.is(all, blocks + rows, m.name .. ": the matrices of its file are those of its shape")
    t.ok(norms < all / 100, m.name .. ": norms are few")
    if m.matrices then t.is(blocks + rows, m.matrices, m.name .. ": weights in matrices, as published") end
    if m.tensors then t.is(#header.tensors, m.tensors, m.name .. ": tensors, as published") end
    if m.weights then t.is(m.weights.minus + m.weights.zero + m.weights.plus, blocks, m.name .. ": ternary weights, as published") end
    if m.parameters then
      t.ok(math.abs((blocks + rows) / m.parameters - 1) < 0.003, m.name .. ": parameters, as published")
    end
    local millions = m.name:match("^trilm%-([%d.]+)m$") or (m.name:match("^trilm%-([%d.]+)b$") or 0) * 1000
    if millions ~= 0 then t.ok(math.abs((blocks + rows) / millions / 1e6 - 1) < 0.05, m.name .. ": parameters, as it is called") end
  end
end

-- ---- the list, and plans of files that synth writes ----

local listed, code = programs.run("gen/tritc models --json --target scalar")
t.is(code, 0, "tritc models --json")
local rows = {}
for object in listed:gmatch("%b{}") do
  local row = {}
  for key, value in object:gmatch('"([%w_]+)": ([^\n]-),?\n') do row[key] = tonumber(value) or value:match('^"(.*)"$') end
  rows[row.name] = row
end
for _, m in ipairs(models) do
  local row = rows[m.name] or {}
  t.is(row.arch, m.arch, m.name .. ": is listed")
  if m.unsupported then
    t.is(row.unsupported, m.unsupported, m.name .. ": with the reason why it is not supported")
  else
    t.ok(row.image_bytes > 0 and row.arena_bytes > row.kv_bytes and row.bytes_per_token > 0, m.name .. ": with what it needs")
  end
end

-- { model, the most that its file may take on the disk }. A vocabulary is a second each: the larger ones under TEST_FULL.
local planned = { "bitnet-b1.58-3b", "falcon-e-1b", "trilm-99m" }
if os.getenv("TEST_FULL") then
  planned = {}
  for _, m in ipairs(models) do planned[#planned + 1] = not m.unsupported and m.name or nil end
end
for _, name in ipairs(planned) do
  local path, row = ("%s/%s.gguf"):format(D, name), rows[name]
  local out, exit_code, err = programs.run(("gen/tritc synth %s --no-weights -o %s && gen/tritc plan %s --target scalar --json"):format(
    name, path, path))
  if not t.ok(exit_code == 0, name .. ": synth and plan") then print("# " .. err) end
  for _, key in ipairs { "ctx", "arena_bytes", "kv_bytes", "bytes_per_token" } do
    t.is(tonumber(out:match(('"%s": (%%d+)'):format(key))), row[key], ("%s: %s, as listed"):format(name, key))
  end
  local image = tonumber(out:match('"image_bytes": (%d+)')) or 0
  t.ok(math.abs(image / row.image_bytes - 1) < 0.03, name .. ": the image, nearly as listed: " .. image)
  local blocks = tonumber((programs.run("stat -c %b " .. path)))
  local size = tonumber((programs.run("stat -c %s " .. path)))
  t.ok(blocks * 512 < 16 << 20 and size > row.parameters / 4, ("%s: %d bytes, of these %d on the disk"):format(name, size, blocks * 512))
end

commands.check(t, {
  { "a hybrid is refused by name", "gen/tritc synth ternary-bonsai-2-27b -o $D/x.gguf", 69, nil,
    "error: E_MODEL_ARCH: ternary-bonsai-2-27b: qwen35 is not supported: it mixes attention with Gated DeltaNet layers\n" },
  { "the list, for people", "gen/tritc models --target scalar", 0, "model ...\nbitnet-b1.58-2b-4t...bitnet-b1.58...2412.82 M...MB\n...shakespeare...\n" },
}, { D = D })

-- ---- which file is a known model ----

local DEMO = "models/shakespeare.gguf"
local demo = gguf.read(DEMO)
t.is(known_models.identify(".", demo).name, "shakespeare", "a file is known by its model_hash")
local function identify(fields)
  os.execute("mkdir -p " .. D .. "/models")
  cases.write(D .. "/models/one.lua", "return { name = 'one', " .. fields .. " }\n")
  local m = known_models.identify(D, demo)
  return m and m.name
end
local sha256 = known_models.find(".", "shakespeare").sha256
t.is(identify(("bytes = 1366880, sha256 = '%s'"):format(sha256)), "one", "or by its size and sha256")
t.is(identify("bytes = 1366880"), nil, "not by its size alone")
t.is(identify(("bytes = 1366880, sha256 = '%s'"):format(sha256:reverse())), nil, "nor with another sha256")
t.is(identify(("bytes = 1366881, sha256 = '%s'"):format(sha256)), nil, "nor with another size")
t.is(identify(("bytes = 1366880, sha256 = '%s', model_hash = '0'"):format(sha256)), nil, "nor with another model_hash")
t.done()
