-- fail.lua: raise a named error. The names, exit codes and meanings are listed in gen/errors.lua.
-- Contract: docs/ERRORS.md. gen/main.lua catches the value and prints one line.

local exit_code = {}
for _, row in ipairs(require("gen.errors")) do exit_code[row.name] = row.exit end

local Failure = { __tostring = function(e) return "error: " .. e.name .. ": " .. e.message end }

-- Text from a file or a path goes into messages as printable ASCII on one line.
local function printable(s)
  return (s:gsub("[^ -~]", "?"))
end

-- Raises { name, exit, message }. `name` must stand in gen/errors.lua; the rest is as for string.format.
return function(name, format, ...)
  local exit = exit_code[name] or error("unknown error name " .. name, 2)
  error(setmetatable({ name = name, exit = exit, message = printable(format:format(...)) }, Failure), 0)
end
