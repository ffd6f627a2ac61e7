-- vocab.lua: reads and checks the tokenizer keys of a GGUF: byte-level BPE.
-- Keys and their defaults: llama.cpp's tokenizer.ggml.*. Errors: docs/ERRORS.md.

local fail = require("gen.fail")
local pretokenizers = require("gen.pretokenizers")
local vocab_section = require("gen.vocab_section")

local vocab = {}

local MAX_TOKENS, MAX_MERGES, MAX_TEXT = 1 << 20, 1 << 22, 1024
local DEFAULT_ID = 11    -- of bos and eos

-- tokenizer.ggml.token_type
local NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6

-- Texts that end the generation wherever they are tokens; the first that exists is the default eot.
local END_OF_TURN = {
  "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<EOT>",
  "<｜end▁of▁sentence｜>",
}
local END_OF_MESSAGE = "<|eom_id|>"

-- GPT-2's byte alphabet: the character that stands for each byte, and back.
local char_of, byte_of = {}, {}
do
  local next_code = 256
  for b = 0, 255 do
    local itself = b >= 33 and b <= 126 or b >= 161 and b <= 172 or b >= 174
    char_of[b] = utf8.char(itself and b or next_code)
    byte_of[char_of[b]] = string.char(b)
    if not itself then next_code = next_code + 1 end
  end
end

-- The bytes that a text in the alphabet stands for; nil for any other text.
local function unmapped(text)
  if not text:find("[^!-~]") then return text end
  local raw = text:gsub("[\xC2-\xC5][\x80-\xBF]", byte_of)
  local every_char_became_a_byte = utf8.len(text) == #raw and not text:find("[\0-\x20\x7F]")
  return every_char_became_a_byte and raw or nil
end

local function refuse(source, error_name, format, ...)
  fail(error_name, "%s: " .. format, source.name, ...)
end

local function warn(source, format, ...)
  source.warnings[#source.warnings + 1] = source.name .. ": " .. format:format(...)
end

-- The value of tokenizer.KEY, of a type like "u32" or "[string]"; nil if missing and not required.
local function value_of(source, key, type, required)
  local entry = source.kv["tokenizer." .. key]
  if not entry then
    if required then refuse(source, "E_VOCAB_TYPE", "tokenizer.%s is missing", key) end
    return nil
  end
  local found = entry.type == "array" and "[" .. entry.elem .. "]" or entry.type
  if found ~= type then
    refuse(source, "E_VOCAB_TYPE", "tokenizer.%s is %s, not %s", key, found, type)
  end
  return entry.value
end

-- The name of the pre-tokenizer and its row.
local function read_pre(source)
  local model = value_of(source, "ggml.model", "string", true)
  if model ~= "gpt2" then
    refuse(source, "E_VOCAB_MODEL", "tokenizer %s is not supported, only gpt2 is", model)
  end
  local pre = value_of(source, "ggml.pre", "string")
  if not pre then
    pre = "default"
    warn(source, "tokenizer.ggml.pre is missing, the default pre-tokenizer is taken")
  end
  if not pretokenizers[pre] then
    refuse(source, "E_VOCAB_MODEL", "pre-tokenizer %s is not supported", pre)
  end
  return pre, pretokenizers[pre]
end

-- The bytes that a token prints, and whether it is plain: written in the alphabet.
local function token_bytes(source, id, text, type)
  if type == BYTE then
    local digits = text:match("^<0x(%x%x)>$")
    if not digits then refuse(source, "E_VOCAB_TOKEN", "token %d is no byte: %s", id, text) end
    return string.char(tonumber(digits, 16)), false
  end
  if type ~= NORMAL and type ~= UNUSED then return text, false end
  local raw = unmapped(text)
  if not raw and type == NORMAL then
    refuse(source, "E_VOCAB_TOKEN", "token %d is not in the byte alphabet: %s", id, text)
  end
  return raw or text, raw ~= nil
end

-- The token types, nil where all are normal. Scores mean nothing to BPE but must be well-formed.
local function read_types(source, n)
  local function list(key, type)
    local values = value_of(source, key, type)
    if values and #values ~= n then
      refuse(source, "E_VOCAB_SIZE", "%d tokens but %d of tokenizer.%s", n, #values, key)
    end
    return values
  end
  list("ggml.scores", "[f32]")
  return list("ggml.token_type", "[i32]")
end

-- The text and the type of a token, checked.
local function read_token(source, id, text, type)
  if type < NORMAL or type > BYTE then
    refuse(source, "E_VOCAB_TOKEN", "token %d has type %d", id, type)
  end
  if #text > MAX_TEXT then
    refuse(source, "E_VOCAB_TOKEN", "token %d has %d bytes, more than %d", id, #text, MAX_TEXT)
  end
  return text ~= "" and text or ("[EMPTY_%d]"):format(id)
end

-- The tokens as vocab_section.pack wants them, and the ids by text as it stands in the file.
local function read_tokens(source, n_vocab)
  local texts = value_of(source, "ggml.tokens", "[string]", true)
  local n = #texts
  if n == 0 or n > MAX_TOKENS or n ~= n_vocab then
    refuse(source, "E_VOCAB_SIZE", "%d tokens for %d embedding rows, at most %d",
      n, n_vocab, MAX_TOKENS)
  end
  local types = read_types(source, n)
  local tokens, id_of = { n = n, raw = {}, plain = {}, special = {}, silent = {} }, {}
  for i = 1, n do
    local id, type = i - 1, types and types[i] or NORMAL
    local text = read_token(source, id, texts[i], type)
    if id_of[text] then
      refuse(source, "E_VOCAB_TOKEN", "tokens %d and %d are both %s", id_of[text], id, text)
    end
    id_of[text] = id
    tokens.raw[i], tokens.plain[i] = token_bytes(source, id, text, type)
    tokens.silent[i] = type == CONTROL or type == UNKNOWN
    tokens.special[i] = tokens.silent[i] or type == USER_DEFINED
  end
  return tokens, id_of
end

local function read_byte_ids(source, id_of)
  local ids = {}
  for b = 0, 255 do
    ids[b + 1] = id_of[char_of[b]]
    if not ids[b + 1] then refuse(source, "E_VOCAB_BYTES", "no token for byte 0x%02x", b) end
  end
  return ids
end

-- Flat list: left, right and merged id of every merge, in rank order.
local function read_merges(source, id_of)
  local texts = value_of(source, "ggml.merges", "[string]", true)
  if #texts > MAX_MERGES then
    refuse(source, "E_VOCAB_MERGE", "%d merges, more than %d", #texts, MAX_MERGES)
  end
  local merges = {}
  for i, text in ipairs(texts) do
    local space = text:find(" ", 2, true)
    if not space then
      refuse(source, "E_VOCAB_MERGE", "merge %d has no space: %s", i - 1, text)
    end
    local left, right = text:sub(1, space - 1), text:sub(space + 1)
    local a, b, merged = id_of[left], id_of[right], id_of[left .. right]
    if not (a and b and merged) then
      refuse(source, "E_VOCAB_MERGE", "merge %d: no token %s", i - 1,
        not a and left or not b and right or left .. right)
    end
    merges[3 * i - 2], merges[3 * i - 1], merges[3 * i] = a, b, merged
  end
  return merges
end

-- bos, eos, eot, eom (the last two nil where there is none) and ends, all that end the generation.
local function read_ids(source, n, id_of)
  local function id(key, default)
    local value = value_of(source, key, "u32") or default
    if value and value >= n then
      refuse(source, "E_VOCAB_SPECIAL", "tokenizer.%s is %d, of %d tokens", key, value, n)
    end
    return value
  end
  local ends = {}
  local function ends_with(token) ends[#ends + 1] = token end
  for _, text in ipairs(END_OF_TURN) do ends_with(id_of[text]) end
  local turn, message = ends[1], id_of[END_OF_MESSAGE]
  ends_with(message)
  local ids = {
    bos = id("ggml.bos_token_id", DEFAULT_ID), eos = id("ggml.eos_token_id", DEFAULT_ID),
    eot = id("ggml.eot_token_id", turn), eom = id("ggml.eom_token_id", message), ends = ends,
  }
  ends_with(ids.eos)
  ends_with(ids.eot)
  ends_with(ids.eom)
  if not source.kv["tokenizer.ggml.eos_token_id"] then
    warn(source, "tokenizer.ggml.eos_token_id is missing, %d is taken", DEFAULT_ID)
  end
  return ids
end

local function read_flag(source, key, default)
  local value = value_of(source, key, "bool")
  if value == nil then return default end
  return value
end

-- kv: of gguf.read; n_vocab: rows of the embedding; name: the file's, begins every message. Returns
--   { section = the vocabulary section, n_tokens, bos, eos, pre = the pre-tokenizer's name,
--     warnings = { strings } }
function vocab.build(kv, n_vocab, name)
  local source = { kv = kv, name = name, warnings = {} }
  local pre, row = read_pre(source)
  local tokens, id_of = read_tokens(source, n_vocab)
  local byte_ids, ids = read_byte_ids(source, id_of), read_ids(source, tokens.n, id_of)
  local merges = read_merges(source, id_of)
  local slots, bits, repeated = vocab_section.merge_table(merges)
  if not slots then
    refuse(source, "E_VOCAB_MERGE", "merges %d and %d are equal", bits, repeated)
  end
  local section = vocab_section.pack {
    tokens = tokens, byte_ids = byte_ids, merges = merges, merge_slots = slots, merge_bits = bits,
    ids = ids, pre = row, add_bos = read_flag(source, "ggml.add_bos_token", row.add_bos),
    add_eos = read_flag(source, "ggml.add_eos_token", false),
  }
  return { section = section, n_tokens = tokens.n, bos = ids.bos, eos = ids.eos, pre = pre,
           warnings = source.warnings }
end

return vocab
