#!/usr/bin/env lua5.4
-- quoting.t: from Lua to text: the template engine, C strings (judge: the compiler), shell words (judge: sh), files.

package.path = "./?.lua;" .. package.path
local cquote = require("gen.cquote")
local expand = require("gen.expand")
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local TEMP = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", TEMP }) end })

-- ---- expand ----

local function expands(template, env, want, name) t.is(expand(template, env, "T"), want, "expand: " .. name) end

expands("a\n  b\n", {}, "a\n  b\n", "plain text stays")
expands("x = ${n}; ${name}${n}", { n = 7, name = "é\"\\" }, "x = 7; é\"\\7\n", "values in a line")
expands("$ for i = 1, 2 do\n  f(${i});\n$ end\nend", {}, "  f(1);\n  f(2);\nend\n", "lines of Lua")
expands("  $ if yes then\na\n  $ else\nb\n$ end\n$\n", { yes = false }, "b\n", "false is a value; a lone $ is no text")
expands("${n // 2 * 3} ${t[1]}", { n = 5, t = { "one" } }, "6 one\n", "expressions")
expands("cost $5 {$} $(CC) $@", {}, "cost $5 {$} $(CC) $@\n", "a $ inside a line is text")
expands("'%d\\n' \"%q\" --", {}, "'%d\\n' \"%q\" --\n", "what Lua or C would read is text")
expands("a ${lines} b", { lines = "1\n2" }, "a 1\n2 b\n", "a value of several lines")
expands("${1 << 62}", {}, "4611686018427387904\n", "large integers in full")
expands("", {}, "\n", "nothing")

local function refuses(template, env, want, name)
  local ok, reason = pcall(expand, template, env, "templates/x.c")
  t.is(ok and "no error" or tostring(reason):sub(1, #want), want, "expand: " .. name)
end

refuses("a\nb ${1 == 1 and nil}\n", {}, "templates/x.c:2: nil splice", "nil, with its line")
refuses("\n\n${n}\n", { n = 1.0 }, "templates/x.c:3: float splice", "a float, even a whole one")
refuses("\n${n / 2}\n", { n = 4 }, "templates/x.c:2: float splice", "a division that makes a float")
refuses("a\n$ for i = 1 do\n", {}, "templates/x.c:2:", "a line that is no Lua")
refuses("a\nb\nc ${1 +}\n", {}, "templates/x.c:3:", "a splice that is no Lua")
refuses("a\n$ local x = missing\n", {}, "templates/x.c:2: template variable 'missing' is not set", "an unknown name")
refuses("a\n$ if true then\nb\n", {}, "templates/x.c:", "an open block")
for name in ("io os require load loadfile dofile debug package _G _ENV.io getmetatable rawget collectgarbage"):gmatch("%S+") do
  refuses("$ local x = " .. name, {}, "templates/x.c:1: template variable '" .. name:match("[^.]*$") .. "' is not set",
    name .. " is out of reach")
end

-- ---- cquote: every byte, and every byte before and after what could be read with it ----

local strings = { "", "??=??/??'", "\\n%d\"", "/* */ // \\", "trailing \\" }
for byte = 0, 255 do
  for _, around in ipairs({ "", "0", "7", "a", "?", "\\", "\"", "\n" }) do
    strings[#strings + 1] = string.char(byte) .. around
    strings[#strings + 1] = around .. string.char(byte)
  end
end
local c = { "#include <stdio.h>\nint main(void)\n{" }
for _, s in ipairs(strings) do c[#c + 1] = ("    fwrite(%s, 1, %d, stdout);"):format(cquote(s), #s) end
c[#c + 1] = "    return ferror(stdout);\n}\n"
file.write(TEMP .. "/quoted.c", table.concat(c, "\n"))
for _, cc in ipairs({ "cc -std=c11 -Wall -Wextra -Werror -Wtrigraphs", "cc -std=c99" }) do
  local _, code, err = programs.run(("%s -O0 -o %s/quoted %s/quoted.c"):format(cc, TEMP, TEMP))
  t.is(code == 0 and err, "", "cquote: C for " .. cc)
  t.ok(programs.run(TEMP .. "/quoted") == table.concat(strings), "cquote: every byte, in any company, comes back")
end
t.ok(not table.concat(c):find("[^\n -~]"), "cquote: the C is printable ASCII")
local plain = " !#$%&'()*+,-./0123456789:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"
t.is(cquote(plain), '"' .. plain .. '"', "cquote: what C reads as it is stays as it is")

-- ---- shell words ----

local every = {}
for byte = 1, 255 do every[byte] = string.char(byte) end
local all = table.concat(every)
local words = { all, "", "'", "''a''", "$(id) `id` $HOME ${HOME}", "-n", "\n", "* ? [a-z] ~ # ! ; & | < >", "\\", "\\n%s" }
for i, word in ipairs(words) do
  local name = i == 1 and "all bytes" or ("%q"):format(word):gsub("\n", "n")
  t.ok(shell.capture({ "printf", "%s.", word }) == word .. ".", "shell: " .. name)
end
t.is(shell.capture({ "printf", "%s|", "a b", "", "c'd" }), "a b||c'd|", "shell: words stay apart")
t.fails("E_PATH", function() shell.quote("a\0b") end, "shell: a NUL is refused")
t.is(shell.capture({ "false" }), nil, "shell: capture of a failing program")
t.is(select(2, shell.try({ "sh", "-c", "exit 7" })), 7, "shell: the exit code")

-- ---- files ----

local path = TEMP .. "/files/f"
os.execute("mkdir " .. TEMP .. "/files")
local function listing() return (shell.capture({ "ls", "-A", TEMP .. "/files" })) end

for _, text in ipairs({ "\0" .. all, "", "a\r\nb\n\n" }) do
  file.write(path, text)
  t.ok(file.read(path) == text and listing() == "f\n", ("file: %d bytes come back"):format(#text))
end
file.write(path, "old")
os.execute("touch -d @1000000000 " .. path)
file.write(path, "old")
t.is(shell.capture({ "stat", "-c", "%Y", path }), "1000000000\n", "file: the same text again keeps the time stamp")
local reader <close> = io.open(path)
file.write(path, "new and longer")
t.ok(reader:read("a") == "old" and file.read(path) == "new and longer", "file: who reads the old file reads it to its end")
t.ok(shell.capture({ "stat", "-c", "%Y", path }) ~= "1000000000\n", "file: another text has another time stamp")

t.fails("E_OUT_CREATE", function() file.write(TEMP .. "/missing/f", "text") end, "file: no such folder")
t.fails("E_OUT_WRITE", function() file.write(TEMP .. "/files", "text") end, "file: a folder is in the way")
t.is(shell.capture({ "sh", "-c", "ls -A " .. TEMP .. " | grep tmp" }), nil, "file: no temporary file is left")
t.fails("E_OPEN", function() file.read(TEMP .. "/missing") end, "file: nothing to read")
t.fails("E_READ", function() file.read(TEMP) end, "file: a folder has no text")

-- A full disk, as a limit on the size of files, met by the write and by the flush. (/dev/full itself would be replaced.)
for _, bytes in ipairs({ 100000, 10 }) do
  local script = ([[trap '' XFSZ; ulimit -f 0; lua5.4 -e 'package.path = "./?.lua"
    local ok, e = pcall(require("gen.file").write, "%s", ("x"):rep(%d))
    io.write(ok and "no error" or e.name)' ]]):format(path, bytes)
  t.is(shell.capture({ "sh", "-c", script }), "E_OUT_WRITE", ("file: a full disk, %d bytes"):format(bytes))
  t.ok(file.read(path) == "new and longer" and listing() == "f\n", "file: the old text is still there, and nothing else")
end
t.is(select(2, programs.run("gen/tritc models > /dev/full")), 74, "standard output: a full disk")
t.done()
