-- host_tool.lua: a C program made, compiled and run here to write one file, or to read one: how weight bytes are moved
-- (docs/DESIGN.md). The file appears under its name when it is complete; whatever happens, nothing else is left behind.

local fail = require("gen.fail")
local file = require("gen.file")
local shell = require("gen.shell")

local host_tool = {}

-- A folder or file that is gone when its variable goes out of scope.
local function scratch(path)
  return setmetatable({ path = path }, { __close = function() shell.try({ "rm", "-rf", "--", path }) end })
end

-- The temporary file lies beside the output, so that it can be renamed; a device or folder is never replaced.
local function claim(output, unique)
  if file.exists(output) and not shell.try({ "test", "-f", output }) then
    fail("E_OUT_CREATE", "%s: not a regular file", output)
  end
  local path = ("%s.%s"):format(output, unique)
  local f, reason = io.open(path, "wb")
  if not f then fail("E_OUT_CREATE", "%s", reason) end
  f:close()
  return path
end

-- A temporary folder.
local function make_folder()
  local folder = shell.capture({ "mktemp", "-d" })
  if not folder then fail("E_OUT_CREATE", "no temporary folder: mktemp -d failed") end
  return scratch(folder:match("[^\n]+"))
end

-- Compiles a tool in folder dir. Returns the program's path. E_TOOL.
-- At -O2 gcc takes half as long again, 0.1 s more, and the tools run as long: synth of 1 GB 9 s, analyze 8 % less than its 30 s.
local function compile(dir, tool)
  local program, cc = dir .. "/" .. tool.name, tool.cc or "cc"
  if not shell.has(cc) then fail("E_TOOL", "no compiler '%s'", cc) end
  for _, f in ipairs(tool.files or {}) do file.write(dir .. "/" .. f.name, f.text) end
  file.write(program .. ".c", tool.text)
  local argv = { cc, "-std=c11", "-O1", "-ffp-contract=off", "-D_FILE_OFFSET_BITS=64", "-I" .. dir, "-o", program,
    program .. ".c", table.unpack(tool.sources or {}) }
  if not shell.try(argv) then fail("E_TOOL", "the compiler '%s' failed", cc) end
  return program
end

-- tool: { name, text (its C), cc (nil: cc), flags, sources (more flags and C files for the compiler, nil: none),
-- files = { { name, text }, ... } to lie beside it, nil: none,
-- arguments = function(path of the file to write, folder of `files`) -> what the program is run with }.
-- Replaces `output` if the program succeeds. Returns true, or false and the program's exit code.
-- E_OUT_CREATE, E_OUT_WRITE, E_TOOL.
function host_tool.write(output, tool)
  local dir <close> = make_folder()
  local part <close> = scratch(claim(output, file.base(dir.path)))
  local argv = tool.arguments(part.path, dir.path)
  table.insert(argv, 1, compile(dir.path, tool))
  local written, code = shell.try(argv)
  if not written then return false, code end
  local renamed, reason = os.rename(part.path, output)
  if not renamed then fail("E_OUT_WRITE", "%s", reason) end
  return true
end

-- The same for a program that writes to stdout; its arguments are given the folder of `files` only. Returns what it has written,
-- or nil and its exit code. E_OUT_CREATE, E_TOOL.
function host_tool.read(tool)
  local dir <close> = make_folder()
  local argv = tool.arguments(dir.path)
  table.insert(argv, 1, compile(dir.path, tool))
  local pipe <close> = assert(io.popen(shell.line(argv)))
  local text = pipe:read("a")
  local ok, how, code = pipe:close()
  if not ok then return nil, how == "signal" and 128 + code or code end
  return text
end

return host_tool
