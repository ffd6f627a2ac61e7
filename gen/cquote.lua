-- cquote.lua: the only road from a string to C text.

-- A C string literal: printable ASCII as it is, all else, and quotes, backslashes and question marks (of trigraphs), as octal
-- escapes of three digits.
return function(s)
  return '"' .. s:gsub('[^ !#->@-Z%[%]^-~]', function(c) return ("\\%03o"):format(c:byte()) end) .. '"'
end
