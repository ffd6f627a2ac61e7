-- cquote.lua: the only road from a string to C text.

-- A C string literal: printable ASCII as it is, all else (and what C or a trigraph would read) as three-digit octal escapes.
return function(s)
  return '"' .. s:gsub('[^ !#->@-%[%]-~]', function(c) return ("\\%03o"):format(c:byte()) end) .. '"'
end
