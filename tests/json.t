#!/usr/bin/env lua5.4
-- json.t: the JSON reader: every construct of RFC 8259, every malformed text its named error, nothing slow, nothing deep.

package.path = "./?.lua;" .. package.path
local json = require("gen.json")
local t = require("tests.tap")

-- A value as text, to compare: arrays in [], objects sorted in {}.
local function show(v)
  local kind = json.kind(v)
  if kind == "string" then return ("%q"):format(v) end
  if kind ~= "array" and kind ~= "object" then return kind == "float" and ("%.17g"):format(v) .. "f" or tostring(v) end
  local parts = {}
  if kind == "array" then
    for i, item in ipairs(v) do parts[i] = show(item) end
    return "[" .. table.concat(parts, " ") .. "]"
  end
  for key, value in pairs(v) do parts[#parts + 1] = key .. "=" .. show(value) end
  table.sort(parts)
  return "{" .. table.concat(parts, " ") .. "}"
end

local GOOD = {
  { "null", "null" }, { " true\n", "true" }, { "false", "false" }, { "\t0\r", "0" }, { "-0", "0" }, { "-12", "-12" },
  { "9223372036854775807", "9223372036854775807" }, { "-9223372036854775808", "-9223372036854775808" },
  { "1.5", "1.5f" }, { "1e3", "1000f" }, { "1E+2", "100f" }, { "-2.5e-1", "-0.25f" }, { "0.0", "0f" }, { "1e-400", "0f" },
  { '""', '""' }, { '"a b"', '"a b"' }, { '"\127\u{e9}\u{10FFFF}"', ("%q"):format("\127\u{e9}\u{10FFFF}") },
  { [["\"\\\/\b\f\n\r\t"]], ("%q"):format('"\\/\b\f\n\r\t') }, { [["\u0041\u00e9\u20AC"]], '"A\u{e9}\u{20ac}"' },
  { [["\ud83d\ude00!"]], '"\u{1F600}!"' }, { [["x\u0000y"]], ("%q"):format("x\0y") },
  { "[]", "[]" }, { "{}", "{}" }, { "[ ]", "[]" }, { "{ }", "{}" }, { "[1,[2,{}],null]", "[1 [2 {}] null]" },
  { '{"a":1,"b":[true],"":{"a":2}}', "{={a=2} a=1 b=[true]}" }, { ' { "a" : [ 1 , 2 ] } ', "{a=[1 2]}" },
  { ("["):rep(64) .. ("]"):rep(64), ("["):rep(64) .. ("]"):rep(64) },
}
for _, row in ipairs(GOOD) do t.is(show(json.parse(row[1], "x")), row[2], "reads " .. row[1]:sub(1, 40):gsub("%c", " ")) end

local BAD = {
  E_JSON_SYNTAX = { "", " ", "nul", "nulll", "True", "{]", "[1,]", "[1 2]", "[", "[1", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,}', "{1:2}",
    '{"a" 1}', '{"a":1 "b":2}', "1 2", "[]]", "{},", "'a'", "NaN", "Infinity", "-", "+1", ".5", "\xEF\xBB\xBF{}", "//x", "[,1]" },
  E_JSON_NUMBER = { "01", "-01", "1.", "1e", "1e+", "1.e3", "1e999", "-1e999", "9223372036854775808", "1+2", ("9"):rep(400),
    ("9"):rep(400) .. ".0" },
  E_JSON_STRING = { '"', '"a', '"\\', '"\\x"', '"\\u12"', '"\\u12g4"', '"\\ud800"', '"\\ud800x"', '"\\ud800\\u0041"', '"\\udc00"', '"\\udc00\\ud800"',
    '"a\nb"', '"a\0b"', '{"a', '["a\tb"]' },
  E_JSON_DUP_KEY = { '{"a":1,"a":1}', '{"a":null,"b":2,"a":3}', '{"x":{"a":1,"\\u0061":2}}' },
  E_JSON_DEPTH = { ("["):rep(65), ("["):rep(100000), ('{"a":'):rep(65), ('[{"a":'):rep(100000) },
  E_UTF8 = { '"\xff"', '"\xc0\x80"', '"\xed\xa0\x80"', '"\xf4\x90\x80\x80"', '"\xe2\x82"', "\xfe\xff\0{\0}" },
}
local started = os.clock()
for error_name, texts in pairs(BAD) do
  for _, text in ipairs(texts) do
    t.fails(error_name, function() json.parse(text, "x") end, ("%s: %s"):format(error_name, text:sub(1, 40):gsub("[^ -~]", "?")))
  end
end
t.ok(os.clock() - started < 1, "all of it at once")

-- Linear: 200,000 keys, 200,000 escapes, a string of 10 MB.
local keys = {}
for i = 1, 200000 do keys[i] = ('"%d":%d'):format(i, i) end
started = os.clock()
t.is(json.parse("{" .. table.concat(keys, ",") .. "}", "x")["77777"], 77777, "many keys")
t.is(#json.parse('"' .. ("\\n"):rep(200000) .. '"', "x"), 200000, "many escapes")
t.is(#json.parse('"' .. ("a"):rep(10000000) .. '"', "x"), 10000000, "a long string")
t.ok(os.clock() - started < 3, "in time that grows with the text")
t.done()
