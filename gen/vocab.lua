-- vocab.lua: reads and checks the tokenizer keys of a GGUF and makes the vocabulary section of them.
-- Keys and their defaults: llama.cpp's tokenizer.ggml.*. Errors: docs/ERRORS.md.

local vocab_section = require("gen.vocab_section")
local vocab_source = require("gen.vocab_source")

local refuse, value_of = vocab_source.refuse, vocab_source.value

local vocab = {}

-- By tokenizer.ggml.model. Each has is_spm; BOS and EOS, the default ids; printed(text): the bytes that a normal token
-- stands for, nil if it is malformed; byte_text(b): the text of the token of a byte; rules(source, pre): a row like those
-- of gen/pretokenizers.lua; tables(source, tokens, id_of): { merges, token_ranks, chars, and steps where the row has none }.
local MODELS = { gpt2 = require("gen.vocab_bpe"), llama = require("gen.vocab_spm") }

local MAX_TOKENS, MAX_TEXT = 1 << 20, 1024

-- tokenizer.ggml.token_type
local NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6

-- Texts that end the generation wherever they are tokens; the first that exists is the default eot.
local END_OF_TURN = {
  "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<EOT>",
  "<｜end▁of▁sentence｜>",
}
local END_OF_MESSAGE = "<|eom_id|>"

local function read_model(source)
  local name = value_of(source, "ggml.model", "string", true)
  if not MODELS[name] then
    refuse(source, "E_VOCAB_MODEL", "tokenizer model %s is not supported, only gpt2 and llama are", name:sub(1, 64))
  end
  return MODELS[name]
end

-- The bytes that a token prints, and whether it is plain: well-formed as a normal token is.
local function token_bytes(source, model, id, text, type)
  if type == BYTE then
    local digits = text:match("^<0x(%x%x)>$")
    if not digits then refuse(source, "E_VOCAB_TOKEN", "token %d is no byte: %s", id, text) end
    return string.char(tonumber(digits, 16)), false
  end
  if type ~= NORMAL and type ~= UNUSED then return text, false end
  local raw = model.printed(text)
  if not raw and type == NORMAL then
    refuse(source, "E_VOCAB_TOKEN", "token %d is not %s: %s", id, model.is_spm and "UTF-8" or "in the byte alphabet", text)
  end
  return raw or text, raw ~= nil
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

-- The tokens as vocab_section.pack wants them, and more by id + 1: text as it stands in the file, byte = stands for one;
-- and the ids by text.
local function read_tokens(source, model, n_vocab)
  local texts = value_of(source, "ggml.tokens", "[string]", true)
  local n = #texts
  if n == 0 or n > MAX_TOKENS or n ~= n_vocab then
    refuse(source, "E_VOCAB_SIZE", "%d tokens for %d embedding rows, at most %d",
      n, n_vocab, MAX_TOKENS)
  end
  vocab_source.per_token(source, "ggml.scores", "[f32]", n)    -- well-formed also where they mean nothing
  local types = vocab_source.per_token(source, "ggml.token_type", "[i32]", n)
  local tokens, id_of = { n = n, text = {}, raw = {}, plain = {}, special = {}, silent = {}, byte = {} }, {}
  for i = 1, n do
    local id, type = i - 1, types and types[i] or NORMAL
    local text = read_token(source, id, texts[i], type)
    if id_of[text] then
      refuse(source, "E_VOCAB_TOKEN", "tokens %d and %d are both %s", id_of[text], id, text)
    end
    id_of[text] = id
    tokens.raw[i], tokens.plain[i] = token_bytes(source, model, id, text, type)
    tokens.text[i], tokens.byte[i] = text, type == BYTE
    tokens.silent[i] = type == CONTROL or type == UNKNOWN
    tokens.special[i] = tokens.silent[i] or type == USER_DEFINED
  end
  return tokens, id_of
end

-- Bytes that well-formed UTF-8 does not have, and those that few texts have: control characters, planes 4 to 16.
local function is_impossible(b) return b == 0xC0 or b == 0xC1 or b >= 0xF5 end
local function is_rare(b) return b < 0x20 and not ("\t\n\r"):find(string.char(b), 1, true) or b == 0x7F or b >= 0xF1 end

-- The id of each byte. An alphabet that was learned from texts has none of the impossible bytes, and may lack rare ones,
-- which are then left out of a text, as llama.cpp does (GPT-NeoX, Falcon and StarCoder are so); any other is complete.
local function read_byte_ids(source, model, id_of)
  local ids, missing, learned = {}, {}, not model.is_spm
  for b = 0, 255 do
    local id = id_of[model.byte_text(b)]
    ids[b + 1] = id or vocab_section.NONE
    learned = learned and not (id and is_impossible(b))
    if not id then missing[#missing + 1] = b end
  end
  local left_out = 0
  for _, b in ipairs(missing) do
    if not (learned and (is_impossible(b) or is_rare(b))) then refuse(source, "E_VOCAB_BYTES", "no token for byte 0x%02x", b) end
    if not is_impossible(b) then left_out = left_out + 1 end
  end
  if left_out > 0 then
    vocab_source.warn(source, "%d bytes of control characters or rare planes have no token: texts lose them", left_out)
  end
  return ids
end

-- bos, eos, eot, eom (the last two nil where there is none) and ends, all that end the generation.
local function read_ids(source, model, n, id_of)
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
    bos = id("ggml.bos_token_id", model.BOS), eos = id("ggml.eos_token_id", model.EOS),
    eot = id("ggml.eot_token_id", turn), eom = id("ggml.eom_token_id", message), ends = ends,
  }
  ends_with(ids.eos)
  ends_with(ids.eot)
  ends_with(ids.eom)
  if not source.kv["tokenizer.ggml.eos_token_id"] then
    vocab_source.warn(source, "tokenizer.ggml.eos_token_id is missing, %d is taken", model.EOS)
  end
  return ids
end

-- kv: of gguf.read; n_vocab: rows of the embedding; name: the file's, begins every message; pre: the name of a
-- pre-tokenizer instead of the file's, or nil. E_USAGE where there is none of that name. Returns
--   { section = the vocabulary section, n_tokens, bos, eos, pre = the pre-tokenizer's first name, warnings = { strings } }
function vocab.build(kv, n_vocab, name, pre)
  local source = { kv = kv, name = name, warnings = {} }
  local model = read_model(source)
  local rules = model.rules(source, pre)
  local tokens, id_of = read_tokens(source, model, n_vocab)
  local byte_ids, ids = read_byte_ids(source, model, id_of), read_ids(source, model, tokens.n, id_of)
  local tables = model.tables(source, tokens, id_of)
  local slots, bits, repeated = vocab_section.merge_table(tables.merges)
  if not slots then
    refuse(source, "E_VOCAB_MERGE", "merges %d and %d are equal", bits, repeated)
  end
  local section = vocab_section.pack {
    is_spm = model.is_spm, tokens = tokens, byte_ids = byte_ids, merges = tables.merges, merge_slots = slots,
    merge_bits = bits, token_ranks = tables.token_ranks, chars = tables.chars, ids = ids,
    steps = tables.steps or rules.steps, ignore_merges = rules.ignore_merges, clean_spaces = rules.clean_spaces,
    add_bos = vocab_source.flag(source, "ggml.add_bos_token", rules.add_bos),
    add_eos = vocab_source.flag(source, "ggml.add_eos_token", false),
    add_space = model.is_spm and vocab_source.flag(source, "ggml.add_space_prefix", rules.add_space),
  }
  return { section = section, n_tokens = tokens.n, bos = ids.bos, eos = ids.eos, pre = rules.names[1],
           warnings = source.warnings }
end

return vocab
