#!/usr/bin/env lua5.4
-- tokenizer.t: runtime/tok_*.c against known answers.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")
local reference = require("tests.tok_reference")
local tok_driver = require("tests.tok_driver")
local gguf = require("gen.gguf")
local vocab = require("gen.vocab")

local TOK_BOS, TOK_SPECIAL, TOK_CONTINUED = 1, 2, 4
local CONTROL, USER_DEFINED = 3, 4

local driver <close> = tok_driver.start()

local function flag(value) return { type = "bool", value = value } end
local function id_entry(value) return { type = "u32", value = value } end

-- The text made of the pieces must be cut into exactly them.
local function cuts(pre, pieces, name)
  local m, want = tok_driver.model(tok_driver.visible(pre)), {}
  for i, piece in ipairs(pieces) do want[i] = m.add(reference.mapped(piece)) end
  t.is(driver:ask_one(tok_driver.section(m), "encode", 0, table.concat(pieces)), table.concat(want, " "),
    pre .. ": " .. name)
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
  cuts("qwen2", { "I", "'m", " x", "1", "2", "3", "\u{BD}", "\u{2167}", " ", "9" }, "numbers one by one")
  cuts("gpt-2", { "123", " 45\u{BD}", " a", "'s", "'", "S", " $+`", "\n", "b" }, "numbers whole, with their space")
  cuts("starcoder", { "1", "2", " ", "3", "\u{BD}", " ab", "\u{2167}", "c" }, "numbers one by one, without a space")
  cuts("falcon", { "a", " ", "`.`", "123", "4", " ", "567", "8", " b" }, "the backtick is punctuation; digits in threes")
  cuts("falcon3", { "a", "`", "1", "2", " ", "3", "\u{663}\u{664}", "5", " b" }, "digits one by one, other numbers whole")
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

-- SentencePiece: the space in front, bytes, special tokens, and what decodes to what.
local function test_spm()
  local m = tok_driver.spm_model()
  for _, token in ipairs { "h", "e", "he", "▁he", "▁h", "eh" } do m.add(token) end
  local tag, user = m.add("<|tag|>", 0.0, CONTROL), m.add("[u]", 0.0, USER_DEFINED)
  local h, he, e, space, space_he = m.id_of.h, m.id_of.he, m.id_of.e, m.id_of["▁"], m.id_of["▁he"]
  local function byte(b) return 3 + b end
  local function spelled(text)
    local ids = {}
    for c in text:gmatch(".") do ids[#ids + 1] = m.id_of[c] or byte(c:byte()) end
    return table.concat(ids, " ")
  end
  local rows = {
    { "he", 0, space_he, "a space stands in front" },
    { " he", 0, ("%d %d"):format(space, space_he), "also of a space" },
    { "▁he", 0, ("%d %d"):format(space, space_he), "U+2581 is a space too" },
    { "ehe", 0, ("%d %d %d"):format(space, e, he), "the better token first, where it stands" },
    { "", 0, "", "of nothing, nothing" },
    { "", TOK_BOS, "1", "the empty text is a BOS" },
    { "h", TOK_BOS, ("1 %d"):format(m.id_of["▁h"]), "one byte" },
    { "é\n", 0, ("%d %d %d %d"):format(space, byte(0xC3), byte(0xA9), byte(10)), "what is no token becomes its bytes" },
    { "\u{FEFF}\0", 0, ("%d %d %d %d %d"):format(space, byte(0xEF), byte(0xBB), byte(0xBF), byte(0)), "byte order mark and NUL" },
    { "\u{FFFE}\u{10FFFF}", 0, ("%d %s"):format(space, "242 194 193 247 146 194 194"), "the last code points" },
    { "<|tag|>he", 0, ("%d %s %d"):format(space, spelled("<|tag|>"), he), "a control token in the text stays text" },
    { "he<|tag|>he", TOK_SPECIAL, ("%d %d %d"):format(space_he, tag, space_he), "when asked for, a space stands behind it" },
    { "he[u]he", 0, ("%d %d %d"):format(space_he, user, space_he), "as behind a user-defined one, asked for or not" },
    { "[u]", 0, tostring(user), "but not in front of it" },
    { "<0x41>", 0, ("%d %s"):format(space, spelled("<0x41>")), "the name of a byte token is text" },
    { "<unk>", TOK_SPECIAL, "0", "the unknown token is found when asked for" },
    { "he", TOK_CONTINUED, he, "a text that goes on has no space in front" },
    { "he[u]he", TOK_CONTINUED, ("%d %d %d"):format(he, user, space_he), "but has one behind its first special token" },
    { "h he", 0, ("%d %d"):format(m.id_of["▁h"], space_he), "a word begins with its space" },
  }
  local lines = driver:ask(tok_driver.section(m, { add_bos_token = flag(true) }), (function()
    local requests = {}
    for i, row in ipairs(rows) do requests[i] = { "encode", row[2], row[1] } end
    requests[#requests + 1] = { "pieces", 0, ("%d %d %d 0 1 %d %d"):format(space_he, byte(0xFF), user, tag, h) }
    return requests
  end)())
  for i, row in ipairs(rows) do t.is(lines[i], tostring(row[3]), "SentencePiece: " .. row[4]) end
  t.is(lines[#rows + 1], "206865/ ff/ 5b755d/ 3c756e6b3e/c 3c733e/c 3c7c7461677c3e/c 68/ ", "SentencePiece: the bytes of tokens")
end

-- What llama.cpp's detokenizer makes of a text where the tokenizer has clean_spaces.
local function test_clean()
  local requests, wants = {}, {}
  for i, row in ipairs {
    { "", "" }, { " ", " " }, { "a , b . c ! d ? e", "a, b. c! d? e" }, { " .", "." }, { "a  .", "a ." }, { "a ; b", "a ; b" },
    { "it ' s", "it's" }, { "a ' ' b", "a'' b" }, { "it 's I 'm we 're we 've", "it's I'm we're we've" },
    { "don 't he 'd he 'll 'x", "don 't he 'd he 'll 'x" }, { "a 'r", "a 'r" }, { "a 've", "a've" }, { "a '", "a '" },
    { " ' . ", " '. " },
  } do
    requests[i] = { "clean", 0, row[1] }
    wants[i] = row[2]:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  end
  local lines = driver:ask(tok_driver.section(tok_driver.model("default")), requests)
  for i, want in ipairs(wants) do t.is(lines[i], want, ("cleaned: %q"):format(requests[i][3])) end
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
  local spm = tok_driver.spm_model()
  for _, word in ipairs { "a", "▁", "7", "一" } do
    for _ = 1, 3 do
      spm.add(word)
      word = word .. word
    end
  end
  spm.add("<<<<<<<|", 0.0, CONTROL)
  lines = driver:ask(tok_driver.section(spm, { add_space_prefix = flag(false) }), requests)
  want = { n // 4, n // 4, n // 4, n, n // 12 + 1, n, n, n }
  t.is(table.concat(lines, " "), table.concat(want, " "), "the same with SentencePiece")
  spm.add("7▁7")
  lines = driver:ask(tok_driver.section(spm, { add_space_prefix = flag(false) }), requests)
  t.is(table.concat(lines, " "), table.concat(want, " "), "the same with SentencePiece where words do not stay apart")
end

if t.ok(driver.compiled, "tests/tokenizer.c compiles without a warning") then
  test_demo_model()
  test_pieces()
  test_specials()
  test_spm()
  test_clean()
  test_long_runs()
end
t.done()
