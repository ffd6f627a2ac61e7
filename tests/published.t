#!/usr/bin/env lua5.4
-- published.t: runtime/tok_*.c against the published ids of llama.cpp's vocabulary tests and of BitNet b1.58 2B4T.
-- tests/published/ holds the part of each vocabulary that the texts need: its tokens by their published ids, and the
-- merges that happen, in their order. Merges that never happen change nothing.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")
local tok_driver = require("tests.tok_driver")
local texts = require("tests.published.texts")

local driver <close> = tok_driver.start()

local function words(text) return text:gmatch("%S+") end

-- A model of the style's part of a vocabulary, and its ids by those of the model.
local function load(style)
  local published = {}
  local m = style.pre and tok_driver.model(style.whole and tok_driver.visible(style.pre) or style.pre) or tok_driver.spm_model()
  for id = 0, #m.texts - 1 do published[id] = id end
  local next_word = words(style.tokens)
  for id in next_word do
    local text, score = next_word(), 259.0 - id
    if text:gsub("▁", "") == "" and text ~= "▁" then score = -1e9 end    -- LLaMA-2: runs of spaces come last
    published[m.add(text, not style.pre and score or nil)] = math.tointeger(id)
  end
  next_word = words(style.merges or "")
  for left in next_word do m.merge(left, next_word()) end
  return m, published
end

-- The published ids of each text, by its number: "4:" begins those of text 4.
local function answers_of(style)
  local answers, number = {}, nil
  for word in words(style.answers) do
    local begins = math.tointeger(word:match("^(%d+):$"))
    if begins then
      number = begins
      answers[number] = {}
    else
      table.insert(answers[number], word)
    end
  end
  return answers
end

-- rows: { text, ids } each.
local function check(name, m, published, rows)
  local requests = {}
  for i, row in ipairs(rows) do requests[i] = { "encode", 0, row[1] } end
  local lines = driver:ask(tok_driver.section(m), requests)
  for i, row in ipairs(rows) do
    local got = lines[i]:gsub("%d+", function(id) return tostring(published[math.tointeger(id)]) end)
    t.is(got, row[2], ("%s: %q"):format(name, row[1]:sub(1, 60)):gsub("\n", "n"))
  end
end

local function test_style(name, count)
  local style = require("tests.published." .. name)
  local m, published = load(style)
  local answers, rows = answers_of(style), {}
  for number, text in ipairs(texts) do
    if answers[number] then rows[#rows + 1] = { text, table.concat(answers[number], " ") } end
  end
  t.is(#rows, count, name .. ": the number of texts with an answer")
  check(name, m, published, rows)
end

-- Prompts whose ids bitnet.cpp and others agree about; the file names no pre-tokenizer, so they take the default one.
local function test_bitnet()
  local m, published = load(require("tests.published.bitnet-2b-4t"))
  local rows = {
    { "hello", "15339" }, { "안녕하세요", "101193 124409" }, { "The capital of France is", "791 6864 315 9822 374" },
    { "1 + 1 =", "16 220 10 220 16 220 28" },
  }
  check("bitnet-2b-4t, default", m, published, rows)
  m.pre, rows[4][2] = "llama-bpe", "16 489 220 16 284"
  check("bitnet-2b-4t, llama-bpe", m, published, rows)
end

if t.ok(driver.compiled, "tests/tokenizer.c compiles without a warning") then
  test_style("gpt-2", 43)
  test_style("llama-bpe", 44)
  test_style("llama-spm", 45)
  test_style("qwen2", 34)
  test_style("falcon", 34)
  test_style("starcoder", 33)
  test_bitnet()
end
t.done()
