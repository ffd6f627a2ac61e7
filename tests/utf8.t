#!/usr/bin/env lua5.4
-- utf8.t: runtime/utf8.c: the check of input and the filter that keeps streamed output well-formed.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")
local tok_driver = require("tests.tok_driver")

local driver <close> = tok_driver.start()

local good = { "", "\0", "a\u{FEFF}", "\u{FFFE}\u{FFFF}\u{10FFFF}", "\u{D7FF}\u{E000}\u{80}\u{7FF}\u{800}\u{10000}" }
local bad = {   -- text, offset of the first malformed byte, what a filter makes of it
  { "a\x80", 1, "a\u{FFFD}" }, { "\xC0\x80", 0, "\u{FFFD}\u{FFFD}" }, { "\xC1\xBF", 0, "\u{FFFD}\u{FFFD}" },
  { "\xE0\x80\x80", 0, ("\u{FFFD}"):rep(3) }, { "x\xF0\x80\x80\x80", 1, "x" .. ("\u{FFFD}"):rep(4) },
  { "\xED\xA0\x80", 0, ("\u{FFFD}"):rep(3) }, { "\xF4\x90\x80\x80", 0, ("\u{FFFD}"):rep(4) },
  { "\u{E9}\xF5b", 2, "\u{E9}\u{FFFD}b" }, { "\xFF", 0, "\u{FFFD}" }, { "ab\xC3", 2, "ab\u{FFFD}" },
  { "\xE4\xB8", 0, "\u{FFFD}" }, { "\xF0\x9F\x98", 0, "\u{FFFD}" }, { "\xE4\xB8a", 0, "\u{FFFD}a" },
  { "\xF0\x9F\xE4\xB8\x80\xC3\xC3\xA9", 0, "\u{FFFD}\u{4E00}\u{FFFD}\u{E9}" },
}
local requests, wants = {}, {}
local function expect(name, number, text, want)
  requests[#requests + 1], wants[#wants + 1] = { name, number, text }, want
end
local function hex(text) return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
for _, text in ipairs(good) do
  expect("check", 0, text, tostring(#text))
  for step = 1, 5 do expect("stream", step, text, hex(text)) end
end
for _, row in ipairs(bad) do
  expect("check", 0, row[1], tostring(row[2]))
  for step = 1, 5 do expect("stream", step, row[1], hex(row[3])) end
end

if t.ok(driver.compiled, "tests/tokenizer.c compiles without a warning") then
  local lines = driver:ask(tok_driver.section(tok_driver.model("default")), requests)
  for i, r in ipairs(requests) do
    t.is(lines[i], wants[i], ("%s %s%s"):format(r[1], hex(r[3]), r[2] > 0 and " in parts of " .. r[2] or ""))
  end
end
t.done()
