-- headers.lua: the header of every target's intrinsics, compiled once for its flags. gcc reads one of x86 for as long as it
-- compiles a kernel; with the folder in CPATH it takes the compiled one where all flags are the same, and makes the same code.
-- Usage: lua5.4 tests/headers.lua DIR
package.path = "./?.lua;" .. package.path

local file = require("gen.file")
local shell = require("gen.shell")
local target = require("gen.target")

local CFLAGS = file.read("templates/build.mk"):match("\nCFLAGS *= ([^\n]*)")
local HEADERS = { x86_64 = "immintrin.h", aarch64 = "arm_neon.h" }

-- Beside each other in DIR/HEADER.gch/: gcc tries all of them.
local commands = {}
for _, name in ipairs(target.names(".")) do
  local t = target.load(".", name)
  local header, cc = HEADERS[t.arch], target.compiler(t)
  if header and shell.has(cc) then
    local folder = shell.quote(("%s/%s.gch"):format(arg[1], header))
    commands[#commands + 1] = ("mkdir -p %s && %s %s %s -w -x c-header -o %s/%s $(%s -print-file-name=include/%s)"):format(folder,
      cc, CFLAGS, table.concat(t.cflags, " "), folder, name, cc, header)
  end
end
os.execute(table.concat(commands, " & ") .. " & wait")
