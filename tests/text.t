#!/usr/bin/env lua5.4
-- text.t: what users give a program as text: bytes that are no UTF-8, odd characters, long runs, too much, nothing.
-- Well-formed is what the Unicode Standard's table 3-7 says. Which tokens a text has: tokenizer.t.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local programs = require("tests.programs")
local shell = require("gen.shell")
local strange = require("tests.strange")
local t = require("tests.tap")

local FULL = os.getenv("TEST_FULL")

local folder <close> = cases.folder()
local D = folder.path
local M = programs.build("models/shakespeare.gguf", "scalar") .. "/shakespeare"
local S = strange.build() .. "/strange"
local P = programs.build(programs.synth("sentencepiece", "toy", "--tokenizer llama --vocab 2000"), "scalar") .. "/sentencepiece"

-- { what, bytes, offset of the first that belongs to no character }
local malformed = {
  { "a lone continuation byte", "\x80", 0 }, { "one after text", "ab\xbfc", 2 }, { "0xff", "a\xff", 1 },
  { "overlong, two bytes", "\xc0\x80", 0 }, { "overlong slash", "a\xc1\xaf", 1 },
  { "overlong, three bytes", "é\xe0\x80\x80", 2 }, { "overlong, four bytes", "\xf0\x80\x80\x80", 0 },
  { "the first surrogate", "€\xed\xa0\x80", 3 }, { "the last surrogate", "\xed\xbf\xbf", 0 },
  { "a pair of surrogates", "\xed\xa0\xbd\xed\xb8\x80", 0 },
  { "U+110000", "\xf4\x90\x80\x80", 0 }, { "0xf5", "\u{10ffff}\xf5\x80\x80\x80", 4 }, { "0xfe", "\xfe", 0 },
  { "one of two bytes at the end", "a\xc3", 1 }, { "one of three", "a\xe2", 1 }, { "two of three", "a\xe2\x82", 1 },
  { "three of four", "abc\xf0\x9f\x98", 3 }, { "a character broken by text", "\xe2\x82x", 0 },
}
for _, case in ipairs(malformed) do
  local what, bytes, offset = table.unpack(case)
  cases.write(D .. "/text", bytes)
  local message = ("byte %d: 0x%02x does not belong to well-formed UTF-8\n"):format(offset, bytes:byte(offset + 1))
  commands.check(t, {
    { what .. ": argument", '$M tokenize -- "$(cat $D/text)"', 65, nil, "error: E_UTF8: the text: " .. message },
    { what .. ": file", "$M run -f $D/text", 65, nil, "error: E_UTF8: ...text: " .. message },
    { what .. ": stdin", "$M tokenize <$D/text", 65, nil, "error: E_UTF8: stdin: " .. message },
    { what .. ": chat", "$M chat <$D/text", 65, nil, "error: E_UTF8: the line: " .. message },
  }, { M = M, D = D })
end

-- Every well-formed text comes back from its tokens byte by byte, from both tokenizers.
local function returns(what, text)
  cases.write(D .. "/text", text)
  local there_and_back = "timeout 20 %s tokenize --no-bos -f $D/text >$D/ids && timeout 20 %s tokenize --decode -f $D/ids | cmp - $D/text"
  commands.check(t, { { what .. " come back", there_and_back:gsub("%%s", "$M") .. " && " .. there_and_back:gsub("%%s", "$P"), 0 } }, { M = M, P = P, D = D })
end

returns("NUL bytes", "a\0b\0\0c")
returns("a byte order mark and a text", "\u{feff}To be")
returns("noncharacters", "\u{fffe}\u{ffff}\u{10ffff}\u{fdd0}")
returns("a replacement character", "a\u{fffd}b")
returns("all sorts of spaces", "a\r\nb\u{85}c\u{a0}d\u{2028}e\u{2029}f\u{3000}g \t\v\f")
returns("one byte", "a")
returns("no bytes", "")
local ascii = {}
for c = 0, 127 do ascii[#ascii + 1] = string.char(c) end
returns("all ASCII characters", table.concat(ascii))

-- 1 MiB of one thing: linear time, constant stack.
local runs = {
  { "letters", "a" }, { "spaces", " " }, { "digits", "7" }, { "newlines", "\n" }, { "ideographs", "一" }, { "combining marks", "\u{301}" },
  { "apostrophes", "'" }, { "contractions", "'s" }, { "four-byte characters", "\u{1f600}" }, { "words", "ab " }, { "almost a special token", "<|begin_of_" },
}
for _, run in ipairs(runs) do returns("1 MiB of " .. run[1], run[2]:rep((1 << 20) // #run[2])) end

commands.check(t, {
  { "a special token in a text is text", "$M tokenize 'a<|end_of_text|>b' | wc -w | tr -d ' '; $M tokenize --special 'a<|end_of_text|>b'", 0, "15\n97 1023 98\n" },
  { "and in a prompt", "$M run '<|end_of_text|>' -n 0; $M run --special '<|end_of_text|>' -n 0", 0, nil, "prompt: 13 tokens...prompt: 1 tokens...\n" },
  { "and in a chat: 70 bytes for a context of 64", "printf '<|eot_id|><|eot_id|><|eot_id|><|eot_id|><|eot_id|><|eot_id|><|eot_id|>' | $S chat --chat-template plain", 65, nil,
    "error: E_CONTEXT: 70 tokens ...the context of 64\n" },
  { "an empty prompt, and no BOS to begin with", "$M run ''", 64, nil, "error: E_USAGE: the prompt is empty and this model has no BOS token: nothing to continue\n" },
  { "an empty stdin", "$M run </dev/null", 64, nil, "error: E_USAGE: the prompt is empty ...\n" },
  { "no tokens", "$M tokenize ''; $M tokenize --decode ''", 0, "\n" },
  { "512 tokens fill the context", "$M tokenize -f tests/sample.txt | cut -d ' ' -f 1-512 | $M tokenize --decode >$D/prompt; $M tokenize -f $D/prompt | wc -w | tr -d ' '; "
    .. "$M run -f $D/prompt -n 0", 0, "512\n", "prompt: 512 tokens...\n" },
  { "one more is refused, not cut", "echo >>$D/prompt; $M run -f $D/prompt -n 0", 65, nil, "error: E_CONTEXT: 513 tokens ...the context of 512\n" },
  { "a prompt of 1 MiB is refused, not cut", "timeout 20 $M run -f $D/text", 65, nil, "error: E_CONTEXT: ...\n" },
  { "a chat line beyond all bounds", "yes | tr -d '\\n' | head -c 70000 | $M chat", 65, nil, "error: E_PROMPT_SIZE: a line is longer than 65536 bytes\n" },
  { "a system text beyond all bounds", "$M chat -s \"$(yes | tr -d '\\n' | head -c 70000)\" </dev/null", 65, nil, "error: E_PROMPT_SIZE: the system text ...\n" },
  { "stdin closed", "$M tokenize <&-", 74, nil, "error: E_READ: stdin: Bad file descriptor\n" },
  { "stdin closed, chat", "$M chat <&-", 74, nil, "error: E_READ: stdin: Bad file descriptor\n" },
  { "stdin a folder", "$M tokenize <.", 74, nil, "error: E_READ: stdin: Is a directory\n" },
  { "a folder as a text", "$M tokenize -f .", 74, nil, "error: E_READ: .: Is a directory\n" },
  { "an empty name", "$M tokenize -f ''", 66, nil, "error: E_OPEN: : No such file or directory\n" },
  { "a pipe written in small pieces", "for i in 1 2 3 4 5; do printf 'To \\303'; sleep 0.02; printf '\\251'; done | $M tokenize | $M tokenize --decode", 0, "To éTo éTo éTo éTo é" },
}, { M = M, S = S, D = D })

-- SentencePiece: ids of <s>, of the bytes from 3 on and of ▁ and the letters acdeghilnorstuw from 259 on.
commands.check(t, {
  { "SentencePiece: a BOS, and a space in front", "$P tokenize a; $P tokenize --no-bos a; $P tokenize ''; $P tokenize --no-bos zA", 0,
    "1 276\n276\n1\n259 125 68\n" },
  { "SentencePiece: a space in front of nothing else", "$P tokenize --no-bos 'l a'; $P tokenize --no-bos ' l'", 0, "259 267 276\n259 259 267\n" },
  { "SentencePiece: the first space is not the text's", "$P tokenize --decode '276 276 259 259'; echo .; $P tokenize --decode '1 276'; echo .", 0,
    "a a  .\n<s> a.\n" },
  { "SentencePiece: special tokens, when asked for", "$P tokenize --no-bos 'a</s>a' | wc -w; $P tokenize --special 'a</s>a'", 0, "6\n1 276 2 276\n" },
  { "SentencePiece: an empty prompt is a BOS", "$P run '' -n 1", 0, "...", "prompt: 1 tokens...\n" },
  { "SentencePiece: a text in four bytes", "$P tokenize --no-bos '😶'", 0, "259 243 162 155 185\n" },
  { "SentencePiece: nothing is cleaned", "$P tokenize --decode --clean '276 259 49'", 0, "a ." },
  { "cleaned, where the tokenizer says so", "$M tokenize 'a , b .' | $M tokenize --decode --clean; $M tokenize 'a , b .' | $M tokenize --decode", 0, "a, b.a , b ." },
}, { M = M, P = P })

-- Every id decodes to its own bytes, whatever surrounds it.
local all = programs.run(("%s tokenize --decode \"$(seq 0 1023)\""):format(M))
local backwards = programs.run(("%s tokenize --decode \"$(seq 1023 -1 0)\""):format(M))
t.ok(#all > 1024 and #all == #backwards and all ~= backwards, "all ids decode")
local bytes = {}
for a = 0, 255 do
  for b = 0, 255 do bytes[#bytes + 1] = ("%d %d"):format(3 + a, 3 + b) end
end
cases.write(D .. "/ids", table.concat(bytes, "\n"))
local pairs_of_bytes = programs.run(("%s tokenize --decode -f %s/ids"):format(P, D))
local exact = #pairs_of_bytes == 1 << 17
for i = 0, exact and (1 << 16) - 1 or -1 do
  exact = exact and pairs_of_bytes:byte(2 * i + 1) == i >> 8 and pairs_of_bytes:byte(2 * i + 2) == i & 255
end
t.ok(exact, "SentencePiece: all pairs of byte tokens decode to these bytes")

local name = "2^31 bytes are refused"
if FULL then
  commands.check(t, { { name, "truncate -s 2147483648 $D/huge; $M tokenize -f $D/huge", 65, nil, "error: E_PROMPT_SIZE: ...\n" } }, { M = M, D = D })
else
  t.skip("takes 6 GB of memory; TEST_FULL=1", name)
end
if programs.run("command -v script") ~= "" then
  local text = programs.run(("printf 'To be\\n\\004' | script -qec %s /dev/null"):format(shell.quote(M .. " tokenize")))
  t.ok(text:gsub("\r", ""):find("\n405 308 10\n", 1, true), "a text typed at a terminal")
else
  t.skip("no script", "a text typed at a terminal")
end
t.done()
