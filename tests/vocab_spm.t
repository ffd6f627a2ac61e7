#!/usr/bin/env lua5.4
-- vocab_spm.t: gen/vocab.lua and gen/vocab_spm.lua refuse malformed SentencePiece vocabularies by name.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")
local vocab_cases = require("tests.vocab_cases")

local NONE, CONTROL, BYTE = vocab_cases.NONE, vocab_cases.CONTROL, vocab_cases.BYTE
local array, number = vocab_cases.array, vocab_cases.number
local add, set, token, fields = vocab_cases.add, vocab_cases.set, vocab_cases.token, vocab_cases.fields

local function build(change, pre) return vocab_cases.build_from(vocab_cases.valid_spm(), change, nil, pre) end
local function refuses(error_name, name, change)
  t.fails(error_name, function() build(change) end, name)
end

local function test_refusals()
  refuses("E_VOCAB_TYPE", "no tokens", set("tokens", nil))
  refuses("E_VOCAB_TYPE", "no scores", set("scores", nil))
  refuses("E_VOCAB_TYPE", "scores as i8", set("scores", array("i8", { 0 })))
  refuses("E_VOCAB_TYPE", "token types as u8", set("token_type", array("u8", { 1 })))
  refuses("E_VOCAB_SIZE", "a score less", function(kv) table.remove(kv.scores.value) end)
  refuses("E_VOCAB_SIZE", "a score more", function(kv) table.insert(kv.scores.value, 0.0) end)
  refuses("E_VOCAB_SIZE", "a type less", function(kv) table.remove(kv.token_type.value) end)
  refuses("E_VOCAB_TOKEN", "a score that is no number", function(kv) kv.scores.value[262] = 0.0 / 0.0 end)
  refuses("E_VOCAB_TOKEN", "two equal tokens", token(264, "he"))
  refuses("E_VOCAB_TOKEN", "a token of 1025 bytes", token(264, ("x"):rep(1025)))
  for _, bad in ipairs { "a\x80", "\xED\xA0\x80", "\xC0\x80", "\xF4\x90\x80\x80" } do
    refuses("E_VOCAB_TOKEN", ("a normal token %q"):format(bad), token(264, bad))
  end
  for _, bad in ipairs { "<0x-1>", "<0xZZ>", "<0x1>", "<0x100>", "x<0x41>", "A" } do
    refuses("E_VOCAB_TOKEN", "a byte token " .. bad, token(264, bad, BYTE))
  end
  refuses("E_VOCAB_BYTES", "no token for the byte 0", token(4, "nothing", 1))
  refuses("E_VOCAB_BYTES", "no token for the byte 0xFF", token(259, "nothing", 1))
  refuses("E_VOCAB_BYTES", "a byte token in small letters", token(4 + 0x4A, "<0x4a>"))
  refuses("E_VOCAB_BYTES", "no token for a space", token(260, "nothing"))
  refuses("E_VOCAB_BYTES", "a space that is a control token", token(260, "▁", CONTROL))
  refuses("E_VOCAB_SPECIAL", "bos is the number of tokens", set("bos_token_id", number(264)))
  refuses("E_VOCAB_SPECIAL", "eos is 2^32-1", set("eos_token_id", number(NONE)))
  t.fails("E_USAGE", function() build(nil, "default") end, "--pre: there is none")
  refuses("E_VOCAB_TYPE", "add_space_prefix is a number", set("add_space_prefix", number(1)))
end

local function test_rules()
  local built = build(function(kv) kv.bos_token_id, kv.eos_token_id = nil, nil end)
  local f = fields(built)
  t.is(("%d %d %d %d %d %d %d"):format(f.is_spm, f.bos, f.eos, f.add_bos, f.add_eos, f.add_space, f.clean_spaces), "1 1 2 1 0 1 0",
    "bos 1, eos 2, a BOS, no EOS, a space in front, no cleaning")
  t.is(built.warnings[1], "m.gguf: tokenizer.ggml.eos_token_id is missing, 2 is taken", "a missing eos is warned about")
  f = fields(build(function(kv)
    kv.add_space_prefix, kv.add_bos_token = { type = "bool", value = false }, { type = "bool", value = false }
    kv.add_eos_token = { type = "bool", value = true }
  end))
  t.is(("%d %d %d"):format(f.add_bos, f.add_eos, f.add_space), "0 1 0", "the keys say otherwise")
  t.is(f.piece(263) .. "|" .. f.piece(3 + 65) .. "|" .. f.piece(1), " he|A|<s>", "the bytes of tokens")
  t.ok(f.silent(0) and f.silent(1) and not f.silent(263), "unknown and control tokens print nothing")
  t.is(fields(build()).steps, "10 0 0 0", "words stay apart")
  t.is(fields(build(function(kv) add(kv, "▁▁▁", 1) end)).steps, "10 0 0 0", "also with runs of spaces")
  t.is(fields(build(function(kv) add(kv, "e▁h", 1) end)).steps, "0 0 0 0", "not with a space inside a token")
  t.is(build().section, build().section, "the same keys make the same bytes")
end

test_refusals()
test_rules()
t.done()
