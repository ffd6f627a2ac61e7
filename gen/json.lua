-- json.lua: JSON text from Lua values, and Lua values from JSON text (RFC 8259), which is taken as hostile.

local fail = require("gen.fail")
local file = require("gen.file")

local json = {}

json.null = setmetatable({}, { __tostring = function() return "null" end })

-- ---- writing: objects are arrays of { key, value } pairs, so that their order is the writer's ----

local function escape(s)
  return '"' .. s:gsub('[%c"\\\127-\255]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function value_text(value)
  if value == json.null then return "null" end
  if type(value) == "table" then return value.json end
  return type(value) == "string" and escape(value) or math.type(value) == "float" and ("%.3f"):format(value) or tostring(value)
end

-- pairs_list: { { key, value }, ... }; values are strings, booleans, integers, floats (three decimals), json.null or json.rows.
function json.object(pairs_list)
  local lines = {}
  for i, pair in ipairs(pairs_list) do lines[i] = ("  %s: %s"):format(escape(pair[1]), value_text(pair[2])) end
  return "{\n" .. table.concat(lines, ",\n") .. "\n}\n"
end

-- A list of objects as a value, one on each line; each is a pairs_list, in which a pair without a value is left out.
function json.rows(list)
  local lines = {}
  for i, pairs_list in ipairs(list) do
    local parts = {}
    for _, pair in ipairs(pairs_list) do
      if pair[2] ~= nil then parts[#parts + 1] = escape(pair[1]) .. ": " .. value_text(pair[2]) end
    end
    lines[i] = "    {" .. table.concat(parts, ", ") .. "}"
  end
  return { json = #lines == 0 and "[]" or "[\n" .. table.concat(lines, ",\n") .. "\n  ]" }
end

-- texts: of json.object.
function json.array(texts)
  for i, text in ipairs(texts) do texts[i] = text:gsub("\n$", "") end
  return "[\n" .. table.concat(texts, ",\n") .. "\n]\n"
end

-- ---- reading ----

local MAX_DEPTH = 64
local Array = {}          -- the metatable of arrays; objects have none

local ESCAPES = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }
local WORDS = { t = { "true", true }, f = { "false", false }, n = { "null", json.null } }

local reader = {}
reader.__index = reader

function reader:fail(error_name, at, format, ...)
  fail(error_name, "%s: byte %d: " .. format, self.name, at - 1, ...)
end

-- The index of the next character that is no blank, and that character ("" at the end).
function reader:skip(at)
  at = self.text:find("[^ \t\r\n]", at) or #self.text + 1
  return at, self.text:sub(at, at)
end

function reader:expected(at, what)
  local c = self.text:sub(at, at)
  self:fail("E_JSON_SYNTAX", at, "%s expected, not %s", what, c == "" and "the end" or "'" .. c .. "'")
end

-- The character of the escape \u and four digits at `at`, or of the two that make a surrogate pair; and the index after it.
function reader:code_point(at)
  local high = tonumber(self.text:match("^\\u(%x%x%x%x)", at) or self:fail("E_JSON_STRING", at, "no such escape"), 16)
  if high < 0xD800 or high > 0xDFFF then return utf8.char(high), at + 6 end
  local low = tonumber(self.text:match("^\\u(%x%x%x%x)", at + 6) or "0", 16)
  if high > 0xDBFF or low < 0xDC00 or low > 0xDFFF then self:fail("E_JSON_STRING", at, "half of a surrogate pair") end
  return utf8.char(0x10000 + (high - 0xD800 << 10) + low - 0xDC00), at + 12
end

-- The string whose opening quote is at `at`, and the index after it.
function reader:string(at)
  local text, parts, from = self.text, nil, at + 1
  while true do
    local stop = text:find('["\\\0-\31]', from) or self:fail("E_JSON_STRING", at, "a string does not end")
    local c = text:sub(stop, stop)
    local part = text:sub(from, stop - 1)
    if c == '"' then
      if not parts then return part, stop + 1 end
      parts[#parts + 1] = part
      return table.concat(parts), stop + 1
    elseif c ~= "\\" then
      self:fail("E_JSON_STRING", stop, "a control character in a string")
    end
    parts = parts or {}
    parts[#parts + 1] = part
    local escaped = ESCAPES[text:sub(stop + 1, stop + 1)]
    from = stop + 2
    if not escaped then escaped, from = self:code_point(stop) end
    parts[#parts + 1] = escaped
  end
end

-- An integer must fit 64 bits, a fraction f64: nothing is rounded to infinity or silently to another integer.
function reader:number(at)
  local digits = self.text:match("^-?%d+", at) or self:expected(at, "a value")
  if digits:find("^-?0%d") then self:fail("E_JSON_NUMBER", at, "a number begins with 0") end
  local rest = self.text:match("^%.?%d*[eE]?[+-]?%d*", at + #digits)
  if rest == "" then
    return math.tointeger(tonumber(digits)) or self:fail("E_JSON_NUMBER", at, "an integer beyond 64 bits"), at + #digits
  end
  local fraction, exponent = rest:match("^(%.?%d*)(.*)$")
  local well_formed = (fraction == "" or fraction:find("^%.%d+$")) and (exponent == "" or exponent:find("^[eE][+-]?%d+$"))
  local value = well_formed and tonumber(digits .. rest)
  if not value or value - value ~= 0 then self:fail("E_JSON_NUMBER", at, "malformed, or beyond 64 bits") end
  return value, at + #digits + #rest
end

function reader:array(at, depth)
  local array, n, c = setmetatable({}, Array), 0
  at, c = self:skip(at + 1)
  if c == "]" then return array, at + 1 end
  while true do
    n = n + 1
    array[n], at = self:value(at, depth)
    at, c = self:skip(at)
    if c == "]" then return array, at + 1 end
    if c ~= "," then self:expected(at, "',' or ']'") end
    at = self:skip(at + 1)
  end
end

function reader:object(at, depth)
  local object, c, key = {}
  at, c = self:skip(at + 1)
  if c == "}" then return object, at + 1 end
  while true do
    if c ~= '"' then self:expected(at, "a key") end
    local key_at = at
    key, at = self:string(at)
    if object[key] ~= nil then self:fail("E_JSON_DUP_KEY", key_at, "the key %s occurs twice", key:sub(1, 64)) end
    at, c = self:skip(at)
    if c ~= ":" then self:expected(at, "':'") end
    object[key], at = self:value(self:skip(at + 1), depth)
    at, c = self:skip(at)
    if c == "}" then return object, at + 1 end
    if c ~= "," then self:expected(at, "',' or '}'") end
    at, c = self:skip(at + 1)
  end
end

-- The value at `at`, inside of `depth` arrays and objects, and the index after it.
function reader:value(at, depth)
  local c = self.text:sub(at, at)
  if c == '"' then return self:string(at) end
  if c == "{" or c == "[" then
    if depth == MAX_DEPTH then self:fail("E_JSON_DEPTH", at, "nested deeper than %d", MAX_DEPTH) end
    return self[c == "{" and "object" or "array"](self, at, depth + 1)
  end
  local word = WORDS[c]
  if not word then return self:number(at) end
  if self.text:sub(at, at + #word[1] - 1) ~= word[1] then self:expected(at, word[1]) end
  return word[2], at + #word[1]
end

-- The value of a whole JSON text. Objects are tables by key, arrays tables by index (json.kind tells them apart), null is
-- json.null, numbers are integers where they are written as such. E_UTF8, E_JSON_*; name begins every message.
function json.parse(text, name)
  local self = setmetatable({ text = text, name = name }, reader)
  local _, bad = utf8.len(text)
  if bad then self:fail("E_UTF8", bad, "not well-formed UTF-8") end
  local value, at = self:value(self:skip(1), 0)
  at = self:skip(at)
  if at <= #text then self:expected(at, "the end") end
  return value
end

-- "null", "boolean", "integer", "float", "string", "array" or "object"; "nothing" for nil.
function json.kind(v)
  if v == nil then return "nothing" end
  if v == json.null then return "null" end
  if type(v) == "table" then return getmetatable(v) == Array and "array" or "object" end
  return math.type(v) or type(v)
end

-- The object that is the file at path, of at most `limit` bytes. E_OPEN, E_NOT_REGULAR, E_READ, E_JSON_SIZE and as json.parse.
function json.read_object(path, limit)
  local name = file.base(path)
  local f <close>, size = file.open_regular(path)
  if size > limit then fail("E_JSON_SIZE", "%s: %d bytes > %d", name, size, limit) end
  local value = json.parse(file.read_at(f, name, 0, size), name)
  if json.kind(value) ~= "object" then fail("E_JSON_SYNTAX", "%s is no object, but %s", name, json.kind(value)) end
  return value
end

return json
