-- cursor.lua: reads a GGUF header field by field through a sliding window; a file of any size is never read whole.
-- Contract: no byte is taken before need() has compared its count with the bytes left; every refusal is a named error.

local checked = require("gen.checked")
local fail = require("gen.fail")

local cursor = {}
cursor.__index = cursor

local WINDOW = 1 << 20         -- bytes read at a time
local HEADER_BYTES = 1 << 27   -- a header ends here at the latest; a vocabulary of 262144 tokens takes about 20 MB
local ELEMENTS = 1 << 23       -- of all arrays together: 2^22 merges and three arrays of 2^20 tokens fit
local BATCH = 128              -- numbers unpacked at once

-- source: { size = bytes, read = function(offset, n) -> exactly n bytes, partial = is it the beginning of a longer file? }; name
-- begins every message.
function cursor.new(source, name)
  return setmetatable({
    source = source, name = name,
    there = math.min(source.size, HEADER_BYTES),                                     -- bytes to read
    size = source.partial and HEADER_BYTES or math.min(source.size, HEADER_BYTES),   -- what lengths and counts may claim
    text = "", at = 1,  -- the window and the index in it of the next byte
    base = 0,           -- the window's offset in the file
    elements = 0,
  }, cursor)
end

function cursor:offset() return self.base + self.at - 1 end
function cursor:left() return self.size - self:offset() end

-- Raises error_name with the file's name and the offset of the next byte.
function cursor:fail(error_name, format, ...)
  fail(error_name, "%s: byte %d: " .. format, self.name, self:offset(), ...)
end

-- Makes the next n bytes available in the window, n >= 0; more than are left is an error.
function cursor:need(n, what)
  if self.at + n - 1 <= #self.text then return end
  local there = self.there - self:offset()
  if n > there then self:fail("E_GGUF_TRUNCATED", "%s needs %d bytes, %d left", what, n, there) end
  local rest = self.text:sub(self.at)
  self.base, self.at = self:offset(), 1
  local wanted = math.min(math.max(n, WINDOW), self.there - self.base)
  self.text = rest .. self.source.read(self.base + #rest, wanted - #rest)
end

-- One number; format as for string.unpack, without the byte order.
function cursor:number(format, what)
  self:need(format:packsize(), what)
  local value
  value, self.at = ("<" .. format):unpack(self.text, self.at)
  return value
end

-- n bytes, n already compared with the bytes left.
function cursor:bytes(n, what)
  self:need(n, what)
  local at = self.at
  self.at = at + n
  return self.text:sub(at, at + n - 1)
end

-- A u64 length and as many bytes.
function cursor:string(what)
  self:need(8, what)
  local length = ("<I8"):unpack(self.text, self.at)
  local left = self:left() - 8
  if length < 0 or length > left then
    self:fail("E_GGUF_STR_LEN", "%s length %s > %d bytes left", what, checked.text(length), left)
  end
  self.at = self.at + 8
  return self:bytes(length, what)
end

-- count, a u64 already read, as a number of entries of at least min_bytes each that the bytes left can hold.
function cursor:bound(count, min_bytes, error_name, what)
  if count < 0 or count > self:left() // min_bytes then
    self:fail(error_name, "%s %s > %d bytes left / %d", what, checked.text(count), self:left(), min_bytes)
  end
  return count
end

-- The u64 count of an array of elements of at least min_bytes.
function cursor:array_length(min_bytes, what)
  local count = self:bound(self:number("I8", what), min_bytes, "E_GGUF_ARRAY_LEN", what .. " length")
  self.elements = self.elements + count
  if self.elements > ELEMENTS then
    self:fail("E_GGUF_ARRAY_LEN", "%s length %d: %d array elements in all > %d", what, count, self.elements, ELEMENTS)
  end
  return count
end

-- count numbers of one format.
function cursor:numbers(format, count, what)
  local values = {}
  local bytes = format:packsize()
  for first = 1, count, BATCH do
    local n = math.min(BATCH, count - first + 1)
    self:need(n * bytes, what)
    local batch = { ("<" .. format:rep(n)):unpack(self.text, self.at) }
    self.at = batch[n + 1]
    table.move(batch, 1, n, first, values)
  end
  return values
end

-- count strings: a vocabulary has 400000, nearly all of them whole in the window, which no byte beyond the file is in.
function cursor:strings(count, what)
  local values = {}
  for i = 1, count do
    local text, first = self.text, self.at + 8
    local length = first <= #text + 1 and ("<I8"):unpack(text, self.at) or -1
    if length >= 0 and length <= #text + 1 - first then
      values[i], self.at = text:sub(first, first + length - 1), first + length
    else
      values[i] = self:string(what)
    end
  end
  return values
end

return cursor
