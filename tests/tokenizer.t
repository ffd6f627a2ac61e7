#!/usr/bin/env lua5.4
-- tokenizer.t: runtime/tok_*.c against known answers.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")
local reference = require("tests.tok_reference")
local tok_driver = require("tests.tok_driver")
local gguf = require("gen.gguf")
local pretokenizers = require("gen.pretokenizers")
local vocab = require("gen.vocab")

local TOK_BOS, TOK_SPECIAL = 1, 2
local CONTROL, USER_DEFINED = 3, 4

local driver <close> = tok_driver.start()

local function flag(value) return { type = "bool", value = value } end
local function id_entry(value) return { type = "u32", value = value } end

-- A row whose pieces are visible as ids: like `pre`, but every piece that is a token is that token.
local function visible(pre)
  local name = pre .. ", pieces visible"
  pretokenizers.rows[name] = { names = { name }, steps = pretokenizers.rows[pre].steps, ignore_merges = true }
  return name
end
local VISIBLE = { llama3 = visible("llama3"), default = visible("default") }

-- The text made of the pieces must be cut into exactly them.
local function cuts(pre, pieces, name)
  local m, want = tok_driver.model(VISIBLE[pre]), {}
  for i, piece in ipairs(pieces) do want[i] = m.add(reference.mapped(piece)) end
  t.is(driver:ask_one(tok_driver.section(m), "encode", 0, table.concat(pieces)), table.concat(want, " "),
    pre .. ": " .. name)
end

local function test_published_ids()
  local function model(pre)
    local m = tok_driver.model(pre)
    while #m.texts < 600 do m.add(("[unused%d]"):format(#m.texts)) end
    for _, row in ipairs { { 284, "Ġ", "=" }, { 489, "Ġ", "+" } } do
      local id, left, right = table.unpack(row)
      m.id_of[m.texts[id + 1]] = nil
      m.texts[id + 1], m.id_of[left .. right] = left .. right, id
      m.merge(left, right)
    end
    return tok_driver.section(m)
  end
  t.is(driver:ask_one(model("llama3"), "encode", 0, "1 + 1 ="), "16 489 220 16 284", "1 + 1 = with llama3")
  t.is(driver:ask_one(model("default"), "encode", 0, "1 + 1 ="), "16 220 10 220 16 220 28",
    "1 + 1 = with the default pre-tokenizer")
end

local function test_demo_model()
  local header = gguf.read("models/shakespeare.gguf")
  local built = vocab.build(header.kv, 1024, header.name)
  local all = {}
  for id = 0, 1023 do all[id + 1] = id end
  local lines = driver:ask(built.section, {
    { "encode", 0, "ROMEO:" }, { "encode", TOK_BOS, "To be, or not to be" }, { "pieces", 0, "870 58" },
    { "pieces", 0, table.concat(all, " ") },
  })
  t.is(lines[1], "870 58", "demo model: ROMEO:")
  t.is(lines[2], "405 308 44 532 325 291 308", "demo model: To be, or not to be")
  t.is(lines[3], "524f4d454f/ 3a/ ", "demo model: the bytes of 870 and 58")
  local texts, types = header.kv["tokenizer.ggml.tokens"].value, header.kv["tokenizer.ggml.token_type"].value
  local mapped = {}
  for bytes in lines[4]:gmatch("(%x+)/") do
    local raw = bytes:gsub("%x%x", function(hex) return string.char(tonumber(hex, 16)) end)
    mapped[#mapped + 1] = types[#mapped + 1] == CONTROL and raw or reference.mapped(raw)
  end
  t.is(table.concat(mapped, "\n"), table.concat(texts, "\n"), "demo model: the bytes of every token")
end

local function test_pieces()
  cuts("llama3", { "I", "'m", " we", "'LL", " '", "S" }, "contractions fold case, not behind a space")
  cuts("llama3", { "it", "'\u{17F}a" }, "long s is no s")
  cuts("llama3", { "(word", " ", "\tword", "\n", "word" }, "one character other than a newline joins letters")
  cuts("llama3", { "123", "456", "7", "a", "12" }, "ASCII digits in groups of three")
  cuts("llama3", { "\u{663}\u{664}\u{665}", "\u{666}" }, "Arabic digits in groups of three")
  cuts("llama3", { "\u{2167}\u{BD}\u{B2}", "\u{3007}9" }, "roman, fraction, superscript, ideographic zero")
  cuts("llama3", { " ,.!\r\n\n", "  " }, "punctuation takes the newlines behind it")
  cuts("llama3", { "a", "  \r\n \n", "   ", " b", "  " }, "white space up to the last newline")
  for _, code in ipairs { 0x0B, 0x0C, 0x85, 0xA0, 0x1680, 0x2009, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 } do
    local space = utf8.char(code)
    cuts("llama3", { "1", " " .. space, space, "1", "x", space .. "x" }, ("U+%04X is white space"):format(code))
  end
  cuts("llama3", { "1", " \u{200B}\u{FEFF}\u{1F}", "1" }, "U+200B, U+FEFF and U+001F are not")
  cuts("default", { "Hello", ",", " world", "!!", " It", "'", "s" }, "punctuation stands alone")
  cuts("default", { "x", " ", "==", " `", "y", "`", "$+<=>^~|" }, "the backtick is not in the first step")
  cuts("default", { "123", "45", " ", "123", " ", "678", "9" }, "digits in threes, without the space")
  cuts("default", { "\u{663}\u{664}\u{665}\u{666}", "a", "\u{BD}" }, "other numbers whole")
  cuts("default", { "1\u{663}", "234", "5" }, "threes begin at the first three ASCII digits")
  cuts("default", { "a", "\n\n ", " b", "\n", "c", " ", "\u{3001}" }, "white space leaves one to the next")
end

local function test_specials()
  local m = tok_driver.model("llama3")
  local bos, eos = m.add("<|begin|>", CONTROL), m.add("<|end_of_text|>", CONTROL)
  local eot, user = m.add("<|eot_id|>", CONTROL), m.add("  ", USER_DEFINED)
  local ids = { bos_token_id = id_entry(bos), eos_token_id = id_entry(eos) }
  local asked = { add_bos_token = flag(true), add_eos_token = flag(true) }
  for key, entry in pairs(ids) do asked[key] = entry end
  local lines = driver:ask(tok_driver.section(m, ids), {
    { "encode", TOK_BOS, "!" }, { "encode", 0, "!<|eot_id|>" }, { "encode", TOK_SPECIAL, "!<|eot_id|>" },
    { "encode", 0, "!  !" }, { "pieces", 0, ("%d %d %d 220 -1 99999"):format(eot, eos, user) },
  })
  local spelled = {}
  for c in ("<|eot_id|>"):gmatch(".") do spelled[#spelled + 1] = m.id_of[c] end
  t.is(lines[1], "0", "no BOS where the model adds none")
  t.is(lines[2], "0 " .. table.concat(spelled, " "), "a control token in the text stays text")
  t.is(lines[3], "0 " .. eot, "and is the token when asked for")
  t.is(lines[4], "0 " .. user .. " 0", "a user-defined token is always found")
  t.is(lines[5], "3c7c656f745f69647c3e/ce 3c7c656e645f6f665f746578747c3e/ce 2020/ 20/ / / ",
    "bytes, control, end of generation; ids outside the vocabulary have none")
  lines = driver:ask(tok_driver.section(m, asked), {
    { "encode", TOK_BOS, "!" }, { "encode", 0, "!" }, { "encode", TOK_BOS, "" },
  })
  t.is(lines[1], ("%d 0 %d"):format(bos, eos), "BOS and EOS where the model adds them")
  t.is(lines[2], "0", "but not unasked")
  t.is(lines[3], bos .. " " .. eos, "the empty text has only them")
  t.is(driver:ask_one(tok_driver.section(m, ids), "tight", 0, "!!!!"), "-1", "too little room is told")
end

-- Long runs of one kind, in linear time: quadratic work would take minutes.
local function test_long_runs()
  local m = tok_driver.model("default")
  for _, word in ipairs { "a", " ", "0", "\n", "'" } do
    local c = reference.mapped(word)
    m.merge(c, c)
    m.merge(c .. c, c .. c)
  end
  m.add("<<<<<<<|", CONTROL)
  local n, requests = 1 << 20, {}
  for _, text in ipairs { "a", " ", "7", "\n", "\u{4E00}", "\u{301}", "'", "<" } do
    requests[#requests + 1] = { "count", TOK_SPECIAL, text:rep(n // #text) }
  end
  local lines = driver:ask(tok_driver.section(m), requests)
  local want = { n // 4, n // 4, n, n // 4, n // 3 * 3, n, n // 4, n }
  t.is(table.concat(lines, " "), table.concat(want, " "), "1 MiB runs of a, space, 7, newline, U+4E00, U+0301, ', <")
  m.pre = "llama-bpe"
  lines = driver:ask(tok_driver.section(m), requests)
  t.is(table.concat(lines, " "), table.concat(want, " "), "the same with llama-bpe")
end

if t.ok(driver.compiled, "tests/tokenizer.c compiles without a warning") then
  test_published_ids()
  test_demo_model()
  test_pieces()
  test_specials()
  test_long_runs()
end
t.done()
