#!/usr/bin/env lua5.4
-- tokenizer_random.t: runtime/tok_*.c against the naive encoder of tests/tok_reference.lua on random texts.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")
local reference = require("tests.tok_reference")
local tok_driver = require("tests.tok_driver")

local driver <close> = tok_driver.start()

local TOK_SPECIAL = 2
local CONTROL, USER_DEFINED, UNUSED = 3, 4, 5
local SEED = 20240917

-- Characters with their classes, from the Unicode standard: L, N, P, S (White_Space), "-" others.
local ALPHABET = {
  L = { 97, 97, 98, 98, 99, 115, 116, 109, 100, 114, 101, 118, 108, 83, 84, 76, 69, 0xE9, 0x17F, 0x1C5, 0x2B0,
        0xAA, 0x416, 0x4E00, 0x1D49C },
  N = { 48, 49, 50, 50, 57, 0x663, 0x2167, 0xBD, 0xB2, 0x3007, 0x1D7D8 },
  P = { 33, 39, 39, 39, 40, 45, 95, 46, 44, 0x3001, 0xAB, 0x2013, 0x203F, 0xBF },
  S = { 32, 32, 32, 32, 9, 10, 10, 13, 11, 12, 0x85, 0xA0, 0x1680, 0x2003, 0x2028, 0x2029, 0x3000 },
  ["-"] = { 36, 43, 60, 61, 62, 94, 96, 124, 126, 0x20AC, 0x221E, 0x1F600, 0x301, 0x200B, 0xFEFF, 0xE000,
            0x378, 0, 0x1F, 0x7F, 0x85 - 1, 0x2581, 0xFFFF, 0x10FFFF },
}
local CLASSES = { "L", "L", "L", "N", "P", "S", "-" }

local class_of_code = {}
for class, codes in pairs(ALPHABET) do
  for _, code in ipairs(codes) do class_of_code[code] = class end
end
local function class_of(code) return class_of_code[code] end

local SPECIALS = {
  { "<s>", CONTROL }, { "<s", USER_DEFINED }, { "aba", CONTROL }, { "ab", USER_DEFINED },
  { "bab2", CONTROL }, { "a a", USER_DEFINED }, { "bb", CONTROL }, { "bbb", USER_DEFINED },
}

local function random_text(length)
  local parts = {}
  for i = 1, length do
    local codes = ALPHABET[CLASSES[math.random(#CLASSES)]]
    parts[i] = utf8.char(codes[math.random(#codes)])
    if math.random(40) == 1 then parts[i] = SPECIALS[math.random(#SPECIALS)][1] end
  end
  return table.concat(parts)
end

local function add_specials(m, add)
  for _, special in ipairs(SPECIALS) do
    if not m.id_of[special[1]] then add(special[1], special[2]) end
  end
  table.sort(m.specials, function(a, b)
    return #a.text > #b.text or #a.text == #b.text and a.id < b.id
  end)
  return m
end

-- Merges that occur: pairs of neighbours of random pieces, joined everywhere, then put in random order.
local function random_model(pre)
  local m, chosen, pieces = tok_driver.model(pre), {}, {}
  for _ = 1, 120 do
    for _, piece in ipairs(reference.pieces(reference.EXPRESSIONS[pre], random_text(20), class_of)) do
      local symbols = {}
      for _, code in utf8.codes(reference.mapped(piece)) do symbols[#symbols + 1] = utf8.char(code) end
      pieces[#pieces + 1] = symbols
    end
  end
  while #chosen < 300 do
    local symbols = pieces[math.random(#pieces)]
    if #symbols > 1 then
      local i = math.random(#symbols - 1)
      local left, right = symbols[i], table.remove(symbols, i + 1)
      symbols[i] = left .. right
      chosen[#chosen + 1] = { left, right }
      m.add(left .. right)
    end
  end
  for i = #chosen, 2, -1 do
    local k = math.random(i)
    chosen[i], chosen[k] = chosen[k], chosen[i]
  end
  for _, pair in ipairs(chosen) do m.merge(pair[1], pair[2]) end
  for _, symbols in ipairs(pieces) do
    if math.random(10) == 1 then m.add(table.concat(symbols)) end
  end
  return add_specials(m, m.add)
end

-- Tokens of one to five characters that occur, and some of their halves; the scores are few, so that many are equal, and
-- some are positive. spaces: tokens may go on behind a space, so that words do not stay apart.
local function random_spm_model(spaces)
  local m = tok_driver.spm_model()
  local function score() return math.random(-12, 3) / 2 end
  while #m.texts < 800 do
    local text = random_text(5):gsub(" ", "▁")
    local word = text:sub(1, utf8.offset(text, math.random(2, 6)) - 1)
    if spaces or not word:gsub("▁", " "):find("[^ ] ") then
      m.add(word, score(), math.random(20) == 1 and UNUSED or nil)
      local half = utf8.offset(word, utf8.len(word) // 2 + 1)
      if half > 1 then
        m.add(word:sub(1, half - 1), score())
        m.add(word:sub(half), score())
      end
    end
  end
  for _, class in ipairs(CLASSES) do
    for _, code in ipairs(ALPHABET[class]) do
      if math.random(4) > 2 and code ~= 32 then m.add(utf8.char(code), score()) end
    end
  end
  return add_specials(m, function(text, type) m.add(text, score(), type) end)
end

-- m: a random model; more: keys that change its rules.
local function test_against_reference(name, m, count, more)
  local user_defined, requests, wants, wrong = {}, {}, {}, nil
  for _, special in ipairs(m.specials) do
    if special.type == USER_DEFINED then user_defined[#user_defined + 1] = special end
  end
  for i = 1, count do
    local text, flags = random_text(math.random(0, 40)), math.random(0, 1) * TOK_SPECIAL
    requests[i] = { "encode", flags, text }
    wants[i] = table.concat(reference.encode(m, reference.EXPRESSIONS[m.pre], class_of,
      flags == 0 and user_defined or m.specials, text), " ")
  end
  local lines = driver:ask(tok_driver.section(m, more), requests)
  for i = count, 1, -1 do
    if lines[i] ~= wants[i] then wrong = i end
  end
  t.ok(not wrong, ("%s: %d random texts as the naive encoder has them, seed %d"):format(name, count, SEED))
  if wrong then
    print(("# text %q\n#  got %s\n# want %s"):format(requests[wrong][3], lines[wrong], wants[wrong]))
  end
end

local COUNT = os.getenv("TEST_FULL") and 6000 or 400

math.randomseed(SEED)
if t.ok(driver.compiled, "tests/tokenizer.c compiles without a warning") then
  for _, pre in ipairs { "llama3", "default", "qwen2", "gpt-2", "falcon", "falcon3", "starcoder" } do
    test_against_reference(pre, random_model(pre), COUNT)
  end
  test_against_reference("SentencePiece, words apart", random_spm_model(false), COUNT)
  test_against_reference("SentencePiece, tokens across words", random_spm_model(true), COUNT)
  local bare = random_spm_model(false)
  bare.no_space = true
  test_against_reference("SentencePiece, no space in front", bare, COUNT, { add_space_prefix = { type = "bool", value = false } })
end
t.done()
