#!/usr/bin/env lua5.4
-- vocab.t: gen/vocab.lua refuses malformed vocabularies by name and fills in what files leave out.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")
local vocab_cases = require("tests.vocab_cases")

local NONE, CONTROL, USER_DEFINED = vocab_cases.NONE, vocab_cases.CONTROL, vocab_cases.USER_DEFINED
local UNKNOWN, UNUSED, BYTE = vocab_cases.UNKNOWN, vocab_cases.UNUSED, vocab_cases.BYTE
local array, text, number = vocab_cases.array, vocab_cases.text, vocab_cases.number
local add, set, token, fields = vocab_cases.add, vocab_cases.set, vocab_cases.token, vocab_cases.fields
local valid = vocab_cases.valid

local function build(change, rows, pre) return vocab_cases.build_from(valid(), change, rows, pre) end

local function refuses(error_name, name, change, rows)
  t.fails(error_name, function() build(change, rows) end, name)
end

local function merge(value) return function(kv) table.insert(kv.merges.value, value) end end

-- Leaves an alphabet as texts teach it: without the bytes that UTF-8 does not have.
local function learned(kv)
  for b = 0, 255 do
    if b == 0xC0 or b == 0xC1 or b >= 0xF5 then token(b + 1, "unused" .. b)(kv) end
  end
end

local function test_refusals()
  refuses("E_VOCAB_MODEL", "a WordPiece vocabulary", set("model", text("bert")))
  refuses("E_VOCAB_MODEL", "an unknown pre-tokenizer", set("pre", text("no-such")))
  refuses("E_VOCAB_TYPE", "no model", set("model", nil))
  refuses("E_VOCAB_TYPE", "pre is a number", set("pre", number(1)))
  refuses("E_VOCAB_TYPE", "no tokens", set("tokens", nil))
  refuses("E_VOCAB_TYPE", "tokens are numbers", set("tokens", array("i32", { 1, 2 })))
  refuses("E_VOCAB_TYPE", "tokens are one string", set("tokens", text("a")), 1)
  refuses("E_VOCAB_SIZE", "fewer tokens than rows", nil, 263)
  refuses("E_VOCAB_SIZE", "more tokens than rows", nil, 261)
  refuses("E_VOCAB_SIZE", "no token at all", set("tokens", array("string", {})), 0)
  refuses("E_VOCAB_SIZE", "a type less", function(kv) table.remove(kv.token_type.value) end)
  refuses("E_VOCAB_SIZE", "a type more", function(kv) table.insert(kv.token_type.value, 1) end)
  refuses("E_VOCAB_SIZE", "scores of other length", set("scores", array("f32", { 0.0 })))
  refuses("E_VOCAB_TYPE", "scores as i8", set("scores", array("i8", { 0 })))
  refuses("E_VOCAB_TYPE", "token types as u8", set("token_type", array("u8", { 1 })))
  refuses("E_VOCAB_TOKEN", "a type of 0", token(262, "x", 0))
  refuses("E_VOCAB_TOKEN", "a type of 7", token(262, "x", 7))
  refuses("E_VOCAB_TOKEN", "a token of 1025 bytes", token(262, ("x"):rep(1025)))
  refuses("E_VOCAB_TOKEN", "two equal tokens", token(260, "he"))
  refuses("E_VOCAB_TOKEN", "two equal tokens of different types", token(262, "he", USER_DEFINED))
  for _, bad in ipairs { "a b", "a\n", "a\x7F", "\u{A0}", "\u{AD}", "\u{144}", "\u{4E00}", "\xC4", "a\x80" } do
    refuses("E_VOCAB_TOKEN", ("a normal token %q"):format(bad), token(260, bad))
  end
  for _, bad in ipairs { "<0x-1>", "<0xZZ>", "<0x1>", "<0x100>", "x<0x41>" } do
    refuses("E_VOCAB_TOKEN", "a byte token " .. bad, token(262, bad, BYTE))
  end
  refuses("E_VOCAB_MERGE", "a merge without a space", merge("hello"))
  refuses("E_VOCAB_MERGE", "a merge whose only space is its first byte", merge(" h"))
  refuses("E_VOCAB_MERGE", "a merge of an unknown part", merge("h ell"))
  refuses("E_VOCAB_MERGE", "a merge that makes no token", merge("h h"))
  refuses("E_VOCAB_MERGE", "a merge with two spaces", merge("he l o"))
  refuses("E_VOCAB_MERGE", "a merge twice", merge("he ll"))
  refuses("E_VOCAB_TYPE", "no merges", set("merges", nil))
  refuses("E_VOCAB_SPECIAL", "bos is the number of tokens", set("bos_token_id", number(262)))
  refuses("E_VOCAB_SPECIAL", "eos is 2^32-1", set("eos_token_id", number(NONE)))
  refuses("E_VOCAB_SPECIAL", "eot is 2^32-1", set("eot_token_id", number(NONE)))
  refuses("E_VOCAB_TYPE", "eos is i32", set("eos_token_id", { type = "i32", value = 1 }))
  refuses("E_VOCAB_TYPE", "add_bos_token is a number", set("add_bos_token", number(1)))
  refuses("E_VOCAB_BYTES", "no token for the byte 0", token(1, "nothing"))
  refuses("E_VOCAB_BYTES", "no token for a space", token(33, "nothing"))
  refuses("E_VOCAB_BYTES", "no token for the byte 0xFF, of an alphabet that has the others that UTF-8 does not", token(256, "nothing"))
  for _, byte in ipairs { 9, 10, 65, 0x80, 0xC2, 0xF0 } do
    refuses("E_VOCAB_BYTES", ("no token for the byte 0x%02X, of a learned alphabet"):format(byte), function(kv)
      learned(kv)
      token(byte + 1, "nothing")(kv)
    end)
  end
end

-- Another pre-tokenizer than the file's.
local function test_pre()
  local built = build(nil, nil, "qwen2")
  t.is(("%s %s %d %d"):format(built.pre, fields(built).steps, fields(built).add_bos, fields(built).clean_spaces), "qwen2 9 0 0 0 0 0",
    "--pre: the rules of the one that was asked for")
  built = build(set("pre", nil), nil, "llama3")
  t.is(("%s %d %d"):format(built.pre, fields(built).add_bos, #built.warnings), "llama-bpe 1 0", "--pre: for a file that names none, no warning")
  t.is(build(set("pre", text("no-such")), nil, "default").pre, "default", "--pre: for a file that names an unknown one")
  t.fails("E_USAGE", function() build(nil, nil, "no-such") end, "--pre: an unknown name")
  local _, e = pcall(build, nil, nil, "no-such")
  t.ok(e.message:find("--pre no-such: no such pre-tokenizer; there are: default llama-bpe ", 1, true), "--pre: the message lists the known ones")
  _, e = pcall(build, set("pre", text("no-such")))
  t.ok(e.message:find("m.gguf: pre-tokenizer no-such is not supported; choose one with --pre: default ", 1, true),
    "so does the one about a file")
  t.is(build(set("pre", text("falcon3"))).warnings[1],
    "m.gguf: pre-tokenizer falcon3 is read as bitnet.cpp does; --pre llama-bpe reads it as llama.cpp does", "two readings are warned about")
end

local function test_learned_alphabet()
  local built = build(learned)
  t.is(#built.warnings, 0, "bytes that UTF-8 does not have need no token")
  built = build(function(kv)
    learned(kv)
    token(1, "nothing")(kv)
    token(0xF4 + 1, "nobody")(kv)
  end)
  t.is(built.warnings[1], "m.gguf: 2 bytes of control characters or rare planes have no token: texts lose them",
    "then others may be missing, with a warning")
end

local function test_limits()
  local function many(kv, n)
    for i = #kv.tokens.value + 1, n do kv.tokens.value[i] = "t" .. i end
    kv.token_type = nil
  end
  refuses("E_VOCAB_SIZE", "2^20 + 1 tokens", function(kv) many(kv, (1 << 20) + 1) end)
  local merges = {}
  for i = 1, (1 << 22) + 1 do merges[i] = "h e" end
  refuses("E_VOCAB_MERGE", "2^22 + 1 merges", set("merges", array("string", merges)))
end

local function test_defaults()
  local f = fields(build())
  t.is(("%d %d %d %d %d"):format(f.n, f.bos, f.eos, f.add_bos, f.add_eos), "262 260 261 1 0",
    "llama-bpe adds a BOS, no EOS")
  t.ok(f.eot == NONE and f.eom == NONE, "no eot, no eom")
  t.is(fields(build(set("add_bos_token", { type = "bool", value = false }))).add_bos, 0, "unless told otherwise")
  t.is(fields(build(set("add_eos_token", { type = "bool", value = true }))).add_eos, 1, "an EOS when told")
  local built = build(set("pre", nil))
  t.is(built.pre .. " " .. fields(built).add_bos, "default 0", "a missing pre is the default, which adds none")
  t.is(table.concat(built.warnings, "\n"),
    "m.gguf: tokenizer.ggml.pre is missing, the default pre-tokenizer is taken; --pre NAME takes another", "and is warned about")
  built = build(function(kv) kv.bos_token_id, kv.eos_token_id = nil, nil end)
  t.is(built.bos .. " " .. built.eos .. " " .. #built.warnings, "11 11 1", "missing bos and eos are 11")
  t.is(#build().warnings, 0, "a complete vocabulary is built without a warning")
  t.ok(not fields(build(set("token_type", nil))).silent(260), "without types all are normal")
end

local function test_ends()
  local eot, im_end, eom, deepseek
  local f = fields(build(function(kv)
    im_end = add(kv, "<|im_end|>", CONTROL)
    eot = add(kv, "<|eot_id|>", CONTROL)
    eom = add(kv, "<|eom_id|>", CONTROL)
    deepseek = add(kv, "<｜end▁of▁sentence｜>", CONTROL)
    kv.eot_token_id = number(7)
  end))
  local ends = {}
  for id = 0, f.n - 1 do
    if f.ends(id) then ends[#ends + 1] = id end
  end
  t.is(table.concat(ends, " "), table.concat({ 7, 261, im_end, eot, eom, deepseek }, " "),
    "eos, eot, eom and all known texts end the generation")
  t.is(("%d %d"):format(f.eot, f.eom), ("%d %d"):format(7, eom), "eot by key, eom by text")
  f = fields(build(function(kv)
    add(kv, "<|im_end|>", CONTROL)
    eot = add(kv, "<|eot_id|>", CONTROL)
  end))
  t.is(("%d %d"):format(f.eot, f.eom), ("%d %d"):format(eot, NONE), "eot by text, no eom")
  f = fields(build(function(kv) eom = add(kv, "<|eom_id|>", CONTROL) end))
  t.is(("%d %d"):format(f.eot, f.eom), ("%d %d"):format(NONE, eom), "eom by text, no eot")
end

local function test_pieces()
  local ids = {}
  local f = fields(build(function(kv)
    for _, row in ipairs { { "ĠhelloĊ", 1 }, { "Ġ two words", USER_DEFINED }, { "", 1 }, { "[PAD 1]", UNUSED },
                           { "<0x4a>", BYTE }, { "<unk>", UNKNOWN }, { "ÿĀŃ¡", 1 } } do
      ids[#ids + 1] = add(kv, row[1], row[2])
    end
  end))
  local got = {}
  for i, id in ipairs(ids) do got[i] = f.piece(id) end
  t.is(table.concat(got, "|"),
    " hello\n|Ġ two words|[EMPTY_264]|[PAD 1]|J|<unk>|\xFF\0\xAD\xA1", "the bytes of every kind of token")
  t.ok(f.silent(ids[6]) and f.silent(260) and not f.silent(ids[2]) and not f.silent(ids[1]),
    "unknown and control tokens print nothing")
end

test_refusals()
test_pre()
test_learned_alphabet()
test_limits()
test_defaults()
test_ends()
test_pieces()
t.is(build().section, build().section, "the same keys make the same bytes")
t.done()
