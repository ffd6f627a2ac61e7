-- vocab_spm.lua: SentencePiece's BPE, the tokenizer model llama: scores, bytes, and which neighbours make a token.
-- One of the models of gen/vocab.lua, which says what each field is. Rules: docs/NUMERICS.md 7.

local fail = require("gen.fail")
local pretokenizers = require("gen.pretokenizers")
local vocab_source = require("gen.vocab_source")

local spm = { is_spm = true, BOS = 1, EOS = 2 }

local SPACE = "\u{2581}"    -- stands for a space in token texts

function spm.byte_text(b) return ("<0x%02X>"):format(b) end

-- nil for a text that is not UTF-8.
function spm.printed(text)
  return utf8.len(text) and (text:gsub(SPACE, " "))
end

function spm.rules(source, wanted)
  if wanted then
    fail("E_USAGE", "--pre %s: the tokenizer of %s is SentencePiece, which has no pre-tokenizer", wanted, source.name)
  end
  return { names = { "none" }, steps = {}, ignore_merges = false, add_bos = true, add_space = true, clean_spaces = false }
end

-- The ids of the tokens that characters can be merged to: not those of control, of the unknown, of bytes.
local function mergeable_ids(tokens, texts)
  local ids = {}
  for i = 1, tokens.n do
    if not tokens.silent[i] and not tokens.byte[i] and utf8.len(texts[i]) then ids[#ids + 1] = i - 1 end
  end
  return ids
end

-- Units by text: mergeable tokens, and from n_tokens on the characters that occur in them without being one; and the
-- units that are characters as a flat list of code point, unit.
local function read_units(texts, ids)
  local unit_of, chars, n_units, seen = {}, {}, #texts, {}
  for _, id in ipairs(ids) do unit_of[texts[id + 1]] = id end
  for _, id in ipairs(ids) do
    for _, code in utf8.codes(texts[id + 1]) do
      if not seen[code] then
        seen[code] = true
        local char = utf8.char(code)
        if not unit_of[char] then
          unit_of[char] = n_units
          n_units = n_units + 1
        end
        chars[#chars + 1], chars[#chars + 2] = code, unit_of[char]
      end
    end
  end
  return unit_of, chars
end

-- Every way to make a token of two units: flat list of left, right and merged id.
local function pairs_of(texts, ids, unit_of)
  local merges = {}
  for _, id in ipairs(ids) do
    local text = texts[id + 1]
    for at = 2, #text do
      if text:byte(at) & 0xC0 ~= 0x80 then
        local left = unit_of[text:sub(1, at - 1)]
        local right = left and unit_of[text:sub(at)]
        if right then
          local n = #merges
          merges[n + 1], merges[n + 2], merges[n + 3] = left, right, id
        end
      end
    end
  end
  return merges
end

-- Numbers that are ordered as the scores are, the highest first: the bits of a float grow with it, or shrink below 0.
local function ranks_of(source, scores)
  local ranks = {}
  for i, score in ipairs(scores) do
    if score ~= score then vocab_source.refuse(source, "E_VOCAB_TOKEN", "token %d has a score that is no number", i - 1) end
    local bits = ("<I4"):unpack(("<f"):pack(score + 0.0))    -- -0 becomes 0
    ranks[i] = bits >> 31 == 1 and bits or 0x7FFFFFFF - bits
  end
  return ranks
end

-- Whether no token goes on with a space behind something else: then a text can be cut there, and stays in the cache.
local function words_stay_apart(texts, ids)
  for _, id in ipairs(ids) do
    local text, at = texts[id + 1], 1
    while text:sub(at, at + #SPACE - 1) == SPACE do at = at + #SPACE end
    if text:find(SPACE, at, true) then return false end
  end
  return true
end

function spm.tables(source, tokens, id_of)
  local texts = tokens.text
  local ranks = ranks_of(source, vocab_source.per_token(source, "ggml.scores", "[f32]", tokens.n, true))
  local ids = mergeable_ids(tokens, texts)
  local unit_of, chars = read_units(texts, ids)
  if not id_of[SPACE] or unit_of[SPACE] ~= id_of[SPACE] then
    vocab_source.refuse(source, "E_VOCAB_BYTES", "no token for a space, %s", SPACE)
  end
  return { merges = pairs_of(texts, ids, unit_of), token_ranks = ranks, chars = chars,
           steps = words_stay_apart(texts, ids) and { pretokenizers.WORD } or {} }
end

return spm
