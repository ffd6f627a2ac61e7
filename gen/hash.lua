-- hash.lua: FNV-1a 64, the hash of all identities (docs/NUMERICS.md 6).

local hash = { BASIS = 0xcbf29ce484222325 }

local PRIME = 0x100000001b3

-- The state h after the bytes of text.
function hash.fnv1a(h, text)
  local byte = string.byte
  local whole = #text & -8
  for i = 1, whole, 8 do
    local b0, b1, b2, b3, b4, b5, b6, b7 = byte(text, i, i + 7)
    h = ((((h ~ b0) * PRIME ~ b1) * PRIME ~ b2) * PRIME ~ b3) * PRIME
    h = ((((h ~ b4) * PRIME ~ b5) * PRIME ~ b6) * PRIME ~ b7) * PRIME
  end
  for i = whole + 1, #text do h = (h ~ byte(text, i)) * PRIME end
  return h
end

-- A state as 16 hex digits.
function hash.hex(h) return ("%016x"):format(h) end

return hash
