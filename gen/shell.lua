-- shell.lua: running other programs. The only way from a Lua string to a shell.

local fail = require("gen.fail")

local shell = {}

-- One shell word, whatever the bytes; NUL cannot be passed to a program at all.
function shell.quote(s)
  if s:find("\0", 1, true) then fail("E_PATH", "a NUL in %s", s) end
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

-- argv as one quoted command line.
function shell.line(argv)
  local words = {}
  for i, word in ipairs(argv) do words[i] = shell.quote(word) end
  return table.concat(words, " ")
end

-- Runs argv (an array of strings) with the caller's stdin, stdout and stderr. Returns true, or false and the exit code, as a
-- shell gives it: 128 and its number after a signal.
function shell.try(argv)
  local ok, how, code = os.execute(shell.line(argv))
  return ok == true, how == "signal" and 128 + code or code
end

-- Runs argv, throws its stderr away and returns its stdout, or nil if it failed.
function shell.capture(argv)
  local pipe <close> = assert(io.popen(shell.line(argv) .. " 2>/dev/null", "r"))
  local text = pipe:read("a")
  return pipe:close() and text or nil
end

-- Is there a program of this name?
function shell.has(name)
  return shell.capture({ "sh", "-c", 'command -v "$1"', "sh", name }) ~= nil
end

return shell
