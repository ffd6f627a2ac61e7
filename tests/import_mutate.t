#!/usr/bin/env lua5.4
-- import_mutate.t: values of the JSON in a checkpoint, replaced by others of any kind, and bytes of its files: each is read,
-- or refused with a named error. IMPORT_SEED chooses the sample, IMPORT_SAMPLE its size.

package.path = "./?.lua;" .. package.path
local checkpoints = require("tests.checkpoints")
local file = require("gen.file")
local import = require("gen.import")
local shell = require("gen.shell")
local t = require("tests.tap")

local dir = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local scratch <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-rf", dir }) end })
local seed = math.tointeger(os.getenv("IMPORT_SEED") or 1)
local sample = math.tointeger(os.getenv("IMPORT_SAMPLE") or (os.getenv("TEST_FULL") and 5000 or 300))
math.randomseed(seed)
print(("# IMPORT_SEED=%d IMPORT_SAMPLE=%d"):format(seed, sample))

local VALUES = { "0", "-1", "null", "true", "false", '""', '"x"', "[]", "{}", "[1,2]", '["a","b"]', "[null]", '{"a":1}', "1.5", "1e9",
  "1e300", "99999999999", "4611686018427387904", "-9223372036854775808", "270" }

-- A checkpoint with every kind of entry, with a tokenizer.json or a tokenizer.model.
local function example(spm)
  local model = checkpoints.model("LlamaForCausalLM", { form = "packed", dtype = "BF16", linear = "bitlinear" })
  model.config.rope_scaling = { rope_type = "yarn", factor = 2.0, original_max_position_embeddings = 32 }
  local config = model.files["tokenizer_config.json"]
  config.chat_template = { { name = "default", template = "x" } }
  if spm then
    model.files["tokenizer.model"] = checkpoints.spm { model_type = 2, add_dummy_prefix = true }
    model.files["tokenizer.json"], config.added_tokens_decoder = nil, { ["270"] = { content = "x", special = true } }
  end
  return model
end

-- The places where values begin and end.
local function values_of(text)
  local places = {}
  for from, to in text:gmatch('()"[^"]*"()') do
    if text:find("^%s*[,}%]]", to) then places[#places + 1] = { from, to } end
  end
  for from, to in text:gmatch("()%b[]()") do places[#places + 1] = { from, to } end
  for from, to in text:gmatch("[:%[,]()[%d.truefalsn-]+()") do places[#places + 1] = { from, to } end
  for from, to in text:gmatch(":()%b{}()") do places[#places + 1] = { from, to } end
  return places
end

local function changed(text, name)
  local head, body, rest = "", text, ""
  if name:find("safetensors$") then
    local length = ("<I8"):unpack(text)
    head, body, rest = nil, text:sub(9, 8 + length), text:sub(9 + length)
  end
  if math.random(4) == 1 or name:find("model$") then
    local at = math.random(#body)
    body = body:sub(1, at - 1) .. string.char(math.random(0, 255)) .. body:sub(at + math.random(0, 3))
  else
    local places = values_of(body)
    local place = places[math.random(#places)]
    body = body:sub(1, place[1] - 1) .. VALUES[math.random(#VALUES)] .. body:sub(place[2])
  end
  return (head or ("<I8"):pack(#body)) .. body .. rest
end

-- What import says: with a compiler that always fails, E_TOOL is the last thing it can say.
local outcomes, slowest = {}, 0
for _, spm in ipairs { false, true } do
  checkpoints.write(dir, example(spm), 2)
  local names = { "config.json", "tokenizer_config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors",
    spm and "tokenizer.model" or "tokenizer.json" }
  for i = 1, sample // 2 do
    local name = names[i % #names + 1]
    local path = dir .. "/" .. name
    local before = file.read(path)
    local after = changed(before, name)
    checkpoints.write_file(path, after)
    local start = os.clock()
    local ok, e = pcall(import.run, ".", { operand = dir, output = dir .. "/out", cc = "false" })
    slowest = math.max(slowest, os.clock() - start)
    local outcome = not ok and type(e) == "table" and e.name or "bug"
    outcomes[outcome] = (outcomes[outcome] or 0) + 1
    if outcome == "bug" then print(("# %s: %s\n# %s"):format(name, tostring(e), after:sub(1, 3000))) end
    checkpoints.write_file(path, before)
  end
  os.remove(dir .. "/tokenizer.json")
end
local kinds = 0
for _ in pairs(outcomes) do kinds = kinds + 1 end
t.is(outcomes.bug, nil, "every changed checkpoint is read or refused by name")
t.ok(kinds > 8, kinds .. " kinds of outcome")
t.ok((outcomes.E_TOOL or 0) > sample / 20, ("%d of %d were read"):format(outcomes.E_TOOL or 0, sample))
t.ok(slowest < 2, ("the slowest took %.2f s"):format(slowest))
t.done()
