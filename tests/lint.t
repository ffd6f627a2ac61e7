#!/usr/bin/env lua5.4
-- lint.t: the house rules, file by file, and the files that are generated and committed.
-- Each rule must find the mistake in a sample.

package.path = "./?.lua;" .. package.path
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })

local FUNCTION_LINES = 60
local TABLES = { ["tests/gguf_bad.lua"] = true, ["tests/gguf_bad_model.lua"] = true }     -- one function, a table of cases

-- The first row that fits a path: the most lines of a file, the most columns of a line.
local LIMITS = {
  { "^runtime/unicode_tab%.h$", lines = 500, columns = 130 },
  { "^runtime/", lines = 500, columns = 100 },
  { "^templates/", lines = 150, columns = 130 },
  { "%.[ch]$", lines = 500, columns = 130 },
  { "^tests/.*%.t$", lines = 300, columns = math.huge },   -- a case of a table is one line
  { "^Makefile$", lines = 150, columns = 130 },
  { "%.md$", lines = 300, columns = math.huge },           -- so is a row
  { "", lines = 300, columns = 130 },
}

local function limits_of(path)
  for _, row in ipairs(LIMITS) do
    if path:find(row[1]) then return row end
  end
end

-- ---- rules: function(path, lines, add): add(line number, what is wrong) ----

local rules = {}

rules["files are short"] = function(path, lines, add)
  local most = limits_of(path).lines
  if #lines > most then add(#lines, ("%d lines, more than %d"):format(#lines, most)) end
end

rules["lines are short"] = function(path, lines, add)
  local most = limits_of(path).columns
  for i, line in ipairs(lines) do
    local columns = utf8.len(line) or #line
    if columns > most then add(i, ("%d columns, more than %d"):format(columns, most)) end
  end
end

local function starts_function(path, line)
  if path:find("%.[ch]$") then return line == "{" end
  if line:find("%f[%w]end%)*$") then return false end
  for _, pattern in ipairs({ "^local function ", "^function ", "^return function", "^%S.*= function%(" }) do
    if line:find(pattern) then return true end
  end
end

rules["functions are short"] = function(path, lines, add)
  local start
  for i, line in ipairs(lines) do
    if starts_function(path, line) then
      start = i
    elseif start and (line:find("^}") or line:find("^end")) then
      if i - start > FUNCTION_LINES and not TABLES[path] then add(start, ("a function of %d lines"):format(i - start)) end
      start = nil
    end
  end
end

rules["no blanks at the end of a line, one newline at the end of a file"] = function(_, lines, add)
  for i, line in ipairs(lines) do
    if line:find("%s$") then add(i, "blanks at its end") end
  end
  if lines[#lines] == "" then add(#lines, "an empty last line") end
  if not lines.ended then add(#lines, "no newline at its end") end
end

rules["no tabs, except in makefiles"] = function(path, lines, add)
  if path:find("[mM]ake") or path:find("%.mk$") then return end
  for i, line in ipairs(lines) do
    if line:find("\t", 1, true) then add(i, "a tab") end
  end
end

rules["nothing is left to do"] = function(_, lines, add)
  for i, line in ipairs(lines) do
    for _, word in ipairs({ "TO" .. "DO", "FIX" .. "ME", "XX" .. "X" }) do
      if line:find("%f[%w]" .. word .. "%f[%W]") then add(i, word) end
    end
  end
end

rules["no path of a machine"] = function(_, lines, add)
  for i, line in ipairs(lines) do
    for _, folder in ipairs({ "home", "root", "work", "Users", "tmp" }) do
      if line:find("%f[%w/]/" .. folder .. "/%w") then add(i, "/" .. folder .. "/") end
    end
  end
end

-- Every file says its name in its first line, and goes on to what it is.
rules["every file has a banner"] = function(path, lines, add)
  if path:find("%.md$") or path:find("^%.") then return end
  local first = lines[1]:find("^#!") and lines[2] or lines[1]
  local name = path:match("[^/]*$")
  if path:find("^templates/") then
    local head = table.concat(lines, "\n", 1, math.min(4, #lines))
    if not (head:find("${banner}", 1, true) or head:find("/* ", 1, true) or head:find("# ", 1, true)) then add(1, "no banner") end
  elseif path:find("^targets/.*%.lua$") then
    if not first:find("-- " .. name:match("^(.*)%.lua$") .. ": ", 1, true) then add(1, "no banner") end
  elseif name == "Makefile" or path == "gen/tritc" then
    if not first:find("tritc: ", 1, true) then add(1, "no banner") end
  elseif not first:find(name .. ": ", 1, true) then
    add(1, "its first line does not begin with its name")
  end
end

rules["a test says what runs it"] = function(path, lines, add)
  if path:find("^tests/.*%.t$") and not lines[1]:find("^#!/") then add(1, "no #! line") end
end

-- ---- the files ----

local FILES = "Makefile README.md .luacheckrc docs gen models runtime targets templates tests"

-- The lines; `ended`: the last one ends with a newline.
local function read_lines(path)
  local text = file.read(path)
  local lines = { ended = text:sub(-1) == "\n" }
  for line in (text:gsub("\n$", "") .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
  return lines
end

-- Not what a program wrote: the model's bytes, the text it made, golden files and pictures.
local files = {}
for path in shell.capture({ "sh", "-c", "find " .. FILES .. " -type f | LC_ALL=C sort" }):gmatch("[^\n]+") do
  if not path:find("%.gguf$") and path ~= "tests/sample.txt" and not path:find("^tests/golden/") and not path:find("%.svg$") then
    files[#files + 1] = { path = path, lines = read_lines(path) }
  end
end
t.ok(#files > 80, #files .. " files to look at")

local function problems_of(rule, some_files)
  local problems = {}
  for _, f in ipairs(some_files) do
    rule(f.path, f.lines, function(line, what) problems[#problems + 1] = ("%s:%d: %s"):format(f.path, line, what) end)
  end
  return problems
end

-- A file with every mistake.
local sample = { "-- other.lua: not its name" .. ("."):rep(200), "x = 1 ", "\ty = 2", "-- TO" .. "DO", "-- /home" .. "/someone" }
sample[#sample + 1] = "local function long()"
for _ = 1, 300 do sample[#sample + 1] = "  a = 1" end
sample[#sample + 1] = "end"
sample[#sample + 1] = ""
local samples = { { path = "gen/sample.lua", lines = sample }, { path = "tests/sample.t", lines = { "-- sample.t: no #!" } } }

local names = {}
for name in pairs(rules) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do
  t.ok(#problems_of(rules[name], samples) > 0, name .. ": the rule finds the sample's mistake")
  local problems = problems_of(rules[name], files)
  if not t.ok(#problems == 0, name) then print("# " .. table.concat(problems, "\n# ")) end
end
t.is(shell.capture({ "sh", "-c", "find tests -name '*.t' ! -perm -111" }), "", "every test can be executed")

-- ---- generated and committed ----

t.ok(file.read("docs/ERRORS.md") == require("gen.errors_doc"), "docs/ERRORS.md is what `make errors-doc` writes")
t.ok(file.read("docs/FORMATS.md") == require("gen.formats_doc"), "docs/FORMATS.md is what `make formats-doc` writes")
local UNICODE = "/usr/share/unicode"
local version = file.read("runtime/unicode_tab.h"):match("Unicode ([%d.]+)%.")
local installed = file.exists(UNICODE .. "/ReadMe.txt") and file.read(UNICODE .. "/ReadMe.txt"):match("Version ([%d.]*%d)")
if installed == version then
  local made = shell.try({ "lua5.4", "gen/unicode.lua", UNICODE, TEMP .. "/unicode_tab.h" })
  t.ok(made and file.read(TEMP .. "/unicode_tab.h") == file.read("runtime/unicode_tab.h"),
    "runtime/unicode_tab.h is what `make unicode` writes")
else
  t.skip(("unicode-data %s is needed, %s is installed"):format(version, installed or "none"), "runtime/unicode_tab.h")
end

-- ---- luacheck ----

local lua = {}
for _, f in ipairs(files) do
  if f.path:find("%.lua$") or f.lines[1]:find("^#!.*lua") then lua[#lua + 1] = f.path end
end
if shell.has("luacheck") then
  local out, code = programs.run("luacheck --no-color --codes -q --no-cache " .. shell.line(lua))
  if not t.ok(code == 0, "luacheck") then print("# " .. out:gsub("\n", "\n# ")) end
else
  t.skip("no luacheck", "luacheck")
end
t.done()
