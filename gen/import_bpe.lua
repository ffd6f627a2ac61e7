-- import_bpe.lua: tokenizer.json of a byte-level BPE vocabulary: tokens, merges, and which pre-tokenizer it describes.
-- Format: huggingface/tokenizers. Texts stay in the byte alphabet, in which GGUF holds them too.

local fail = require("gen.fail")
local json = require("gen.json")

local bpe = {}

local NAME = "tokenizer.json"
local NORMAL = 1                -- of tokenizer.ggml.token_type
local LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
  .. "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

-- tokenizer.ggml.pre by the steps of the pre-tokenizer. Adding one: a row here, its name in gen/pretokenizers.lua.
local PRE = {
  ["split " .. LLAMA3 .. ", ignore_merges"] = "llama-bpe",
  ["split " .. LLAMA3] = "dbrx",
  ["split " .. LLAMA3:gsub("{1,3}", "", 1)] = "qwen2",
  ["gpt2"] = "gpt-2",
  ["digits true, gpt2"] = "starcoder",
  ["punctuation Contiguous, gpt2, digits false, split [0-9][0-9][0-9]"] = "falcon",
  ["punctuation Contiguous, gpt2, digits true, split [0-9]"] = "falcon3",
  ["punctuation Contiguous, gpt2, digits true"] = "falcon3",
}

local function refuse(error_name, format, ...) fail(error_name, NAME .. ": " .. format, ...) end

local function is_object(v) return json.kind(v) == "object" end

-- Appends the names of a pre-tokenizer's steps to `steps`, in order.
local function describe(node, steps)
  local add = function(step) steps[#steps + 1] = step end
  if not is_object(node) then return end
  if node.type == "Sequence" and json.kind(node.pretokenizers) == "array" then
    for _, part in ipairs(node.pretokenizers) do describe(part, steps) end
  elseif node.type == "Split" and is_object(node.pattern) and node.behavior == "Isolated" and node.invert ~= true then
    add("split " .. tostring(node.pattern.Regex))
  elseif node.type == "ByteLevel" and node.add_prefix_space ~= true then
    if node.use_regex ~= false then add("gpt2") end
  elseif node.type == "Punctuation" then
    add("punctuation " .. tostring(node.behavior))
  elseif node.type == "Digits" then
    add("digits " .. tostring(node.individual_digits))
  else
    add(tostring(node.type) .. " of an unknown form")
  end
end

-- Is there a part of type ByteLevel in this pre-tokenizer or decoder?
local function has_byte_level(node)
  if not is_object(node) then return false end
  if node.type == "ByteLevel" then return true end
  for _, key in ipairs { "pretokenizers", "decoders" } do
    for _, part in ipairs(json.kind(node[key]) == "array" and node[key] or {}) do
      if has_byte_level(part) then return true end
    end
  end
  return false
end

-- Does this tokenizer.json, as of json.parse, describe a byte-level vocabulary?
function bpe.is_byte_level(tokenizer)
  return has_byte_level(tokenizer.pre_tokenizer) or has_byte_level(tokenizer.decoder)
end

local function read_texts(vocab, n_vocab)
  local texts, types = {}, {}
  for text, id in pairs(vocab) do
    if math.type(id) ~= "integer" or id < 0 or id >= n_vocab then
      refuse("E_VOCAB_SIZE", "token %s has id %s, of %d", text, tostring(id), n_vocab)
    end
    if texts[id + 1] then refuse("E_VOCAB_TOKEN", "token %d is both %s and %s", id, texts[id + 1], text) end
    texts[id + 1], types[id + 1] = text, NORMAL
  end
  return texts, types
end

-- Merges are written "left right" or, by newer versions, ["left", "right"].
local function read_merges(list)
  local merges = {}
  for i, merge in ipairs(list) do
    if json.kind(merge) == "array" and #merge == 2 and type(merge[1]) == "string" and type(merge[2]) == "string" then
      if (merge[1] .. merge[2]):find(" ", 1, true) then refuse("E_VOCAB_MERGE", "merge %d holds a space", i - 1) end
      merge = merge[1] .. " " .. merge[2]
    end
    merges[i] = type(merge) == "string" and merge or refuse("E_VOCAB_MERGE", "merge %d is no string and no pair", i - 1)
  end
  return merges
end

local function check_model(model)
  if not is_object(model) or model.type ~= "BPE" then
    refuse("E_VOCAB_MODEL", "model %s; only BPE is supported", tostring(is_object(model) and model.type))
  end
  for _, key in ipairs { "continuing_subword_prefix", "end_of_word_suffix" } do
    local v = model[key]
    if v ~= nil and v ~= json.null and v ~= "" then refuse("E_VOCAB_MODEL", "%s is not supported", key) end
  end
  if not is_object(model.vocab) then refuse("E_VOCAB_FILE", "model.vocab is no object") end
  if json.kind(model.merges) ~= "array" then refuse("E_VOCAB_FILE", "model.merges is no array") end
end

-- The vocabulary in a byte-level tokenizer.json: { model = "gpt2", texts, types (by id + 1, with holes), merges,
-- pre = a name, nil where the steps are unknown }; what to warn of goes to `warnings`.
function bpe.read(tokenizer, n_vocab, warnings)
  check_model(tokenizer.model)
  local tokens, steps = { model = "gpt2", merges = read_merges(tokenizer.model.merges) }, {}
  tokens.texts, tokens.types = read_texts(tokenizer.model.vocab, n_vocab)
  describe(tokenizer.pre_tokenizer, steps)
  if tokenizer.model.ignore_merges == true then steps[#steps + 1] = "ignore_merges" end
  local all = table.concat(steps, ", ")
  tokens.pre = PRE[all]
  if not tokens.pre then
    warnings[#warnings + 1] = ("%s: no known pre-tokenizer has the steps %s; build takes the default, or --pre NAME")
      :format(NAME, all)
  end
  local normalizer = is_object(tokenizer.normalizer) and tokenizer.normalizer.type
  if normalizer and normalizer ~= "NFC" then
    warnings[#warnings + 1] = ("%s: the normalizer %s is not applied"):format(NAME, tostring(normalizer))
  end
  return tokens
end

return bpe
