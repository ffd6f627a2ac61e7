-- commands.lua: rows of shell commands with all that a user sees of them: exit code, stdout, stderr.
-- A row: { name, command, exit code, stdout, stderr }. Text is exact; `...` in it stands for any text; nil: nothing at all.

local programs = require("tests.programs")
local shell = require("gen.shell")

local commands = {}

local LIMIT = 60   -- seconds for one command: a hang is a failure too (124)

-- Does text equal expected, whose `...` stand for anything?
function commands.matches(text, expected)
  local pattern = (expected or ""):gsub("%W", "%%%0"):gsub("%%%.%%%.%%%.", ".*")
  return text:find("^" .. pattern .. "$") ~= nil
end

local function show(what, got, want)
  print(("# %s\n#   got: %s\n#  want: %s"):format(what, got:sub(1, 2000):gsub("\n", "\\n"):gsub("[^ -~]", "?"),
    tostring(want or "nothing"):gsub("\n", "\\n")))
end

-- Runs the rows, each one test. variables: { NAME = value } for the environment of the commands.
function commands.check(t, rows, variables)
  local words = {}
  for name, value in pairs(variables) do words[#words + 1] = ("export %s=%s\n"):format(name, shell.quote(value)) end
  local preamble = table.concat(words)
  for _, row in ipairs(rows) do
    local name, command, code, out, err = row[1], row[2], row[3], row[4], row[5]
    local got_out, got_code, got_err = programs.run(("%stimeout %d sh -c %s"):format(preamble, LIMIT, shell.quote(command)))
    local same = got_code == code and commands.matches(got_out, out) and commands.matches(got_err, err)
    if not t.ok(same, name) then
      print("# command: " .. command:gsub("\n", "\n#   "))
      show("exit code", tostring(got_code), code)
      show("stdout", got_out, out)
      show("stderr", got_err, err)
    end
  end
end

-- The keys of a JSON text in their order, as one string.
function commands.json_keys(text)
  local keys = {}
  for key in text:gmatch('"([%w_]+)":') do keys[#keys + 1] = key end
  return table.concat(keys, " ")
end

return commands
