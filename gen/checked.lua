-- checked.lua: arithmetic on numbers from a file. Every result is at most 2^53, or a named error is raised.
-- Contract: a u64 read with string.unpack "<I8" is a Lua integer, negative from 2^63 on; no operand is trusted.

local fail = require("gen.fail")

local checked = {}

checked.CEILING = 1 << 53

-- v, taken as unsigned, in decimal.
function checked.text(v)
  if v >= 0 then return ("%d"):format(v) end
  local tens = (v >> 1) // 5
  return ("%d%d"):format(tens, v - tens * 10)
end

local function refuse(error_name, what, a, operator, b)
  fail(error_name, "%s: %s %s %s is more than 2^53", what, checked.text(a), operator, checked.text(b))
end

local function in_range(v) return v >= 0 and v <= checked.CEILING end

-- a * b, or the error `error_name` about `what`.
function checked.mul(a, b, error_name, what)
  local fits = in_range(a) and in_range(b) and (b == 0 or a <= checked.CEILING // b)
  if not fits then refuse(error_name, what, a, "*", b) end
  return a * b
end

-- a + b, or the error.
function checked.add(a, b, error_name, what)
  if not (in_range(a) and in_range(b) and a <= checked.CEILING - b) then refuse(error_name, what, a, "+", b) end
  return a + b
end

-- a rounded up to a multiple of n, a power of two of our own or already checked; or the error.
function checked.pad(a, n, error_name, what)
  return checked.add(a, n - 1, error_name, what) & -n
end

return checked
