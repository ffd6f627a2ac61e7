-- vocab_bpe.lua: byte-level BPE, the tokenizer model gpt2: its alphabet, its pre-tokenizers, its merges.
-- One of the models of gen/vocab.lua, which says what each field is.

local fail = require("gen.fail")
local pretokenizers = require("gen.pretokenizers")
local vocab_source = require("gen.vocab_source")

local refuse = vocab_source.refuse

local bpe = { is_spm = false, BOS = 11, EOS = 11 }

local MAX_MERGES = 1 << 22

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

function bpe.byte_text(b) return char_of[b] end

-- nil for a text that is not written in the alphabet.
function bpe.printed(text)
  if not text:find("[^!-~]") then return text end
  local raw = text:gsub("[\xC2-\xC5][\x80-\xBF]", byte_of)
  local every_char_became_a_byte = utf8.len(text) == #raw and not text:find("[\0-\x20\x7F]")
  return every_char_became_a_byte and raw or nil
end

-- The pre-tokenizer's row: the one asked for, or the file's.
function bpe.rules(source, wanted)
  if wanted then
    return pretokenizers.rows[wanted]
      or fail("E_USAGE", "--pre %s: no such pre-tokenizer; there are: %s", wanted, pretokenizers.NAMES)
  end
  local pre = vocab_source.value(source, "ggml.pre", "string")
  if not pre then
    vocab_source.warn(source, "tokenizer.ggml.pre is missing, the default pre-tokenizer is taken; --pre NAME takes another")
    return pretokenizers.rows.default
  end
  local row = pretokenizers.rows[pre]
  if not row then
    refuse(source, "E_VOCAB_MODEL", "pre-tokenizer %s is not supported; choose one with --pre: %s", pre:sub(1, 64),
      pretokenizers.NAMES)
  end
  if row.also then
    vocab_source.warn(source, "pre-tokenizer %s is read as bitnet.cpp does; --pre %s reads it as llama.cpp does", pre, row.also)
  end
  return row
end

-- merges: flat list of left, right and merged id of every merge, in rank order.
function bpe.tables(source, _, id_of)
  local texts = vocab_source.value(source, "ggml.merges", "[string]", true)
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
  return { merges = merges, token_ranks = {}, chars = {} }
end

return bpe
