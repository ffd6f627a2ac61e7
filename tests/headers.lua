-- headers.lua: the header of every target's intrinsics, compiled once for its flags. gcc reads one of x86 for as long as it
-- compiles a kernel; with the folder in CPATH it takes the compiled one where all flags are the same, and makes the same code.
-- Of two targets again, for the flags that programs.build gives models which are there for their ops; of one for those of the
-- address sanitizer. gcc sees no difference of level, and crashes at -O2 with what it compiled at -O1: so such flags define a
-- macro as no others do, or, for a sanitizer, gcc does.
-- Usage: lua5.4 tests/headers.lua DIR
package.path = "./?.lua;" .. package.path

local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local target = require("gen.target")

local CFLAGS = file.read("templates/build.mk"):match("\nCFLAGS *= ([^\n]*)")
local HEADERS = { x86_64 = "immintrin.h", aarch64 = "arm_neon.h" }

-- Beside each other in DIR/HEADER.gch/: gcc tries all of them.
local commands = {}
local function compile(name, level, suffix)
  local t = target.load(".", name)
  local header, cc = HEADERS[t.arch], target.compiler(t)
  if header and shell.has(cc) then
    local folder = shell.quote(("%s/%s.gch"):format(arg[1], header))
    commands[#commands + 1] = ("mkdir -p %s && %s %s %s -w -x c-header -o %s/%s $(%s -print-file-name=include/%s)"):format(folder,
      cc, CFLAGS:gsub("%-O2", level), table.concat(t.cflags, " "), folder, name .. suffix, cc, header)
  end
end

for _, name in ipairs(target.names(".")) do compile(name, "-O2", "") end
for _, name in ipairs { programs.native(), "armv8" } do compile(name, programs.QUICK, "-quick") end
compile(programs.native(), programs.SANITIZED.address, "-address")
os.execute(table.concat(commands, " & ") .. " & wait")
