-- file.lua: whole files. Written under a temporary name, then renamed: a reader sees the old file or the new one.

local fail = require("gen.fail")
local shell = require("gen.shell")

local file = {}

function file.base(path) return path:match("([^/]*)/*$") end

function file.read(path)
  local f, reason = io.open(path, "rb")
  if not f then fail("E_OPEN", "%s", reason) end
  local text = f:read("a")
  f:close()
  if not text then fail("E_READ", "%s", path) end
  return text
end

-- Opens a regular file only: a fifo or a device could block or never end. Returns it and its size in bytes.
function file.open_regular(path)
  local name = file.base(path)
  if not shell.try { "test", "-f", path } and shell.try { "test", "-e", path } then
    fail("E_NOT_REGULAR", "%s: not a regular file", name)
  end
  local f, reason = io.open(path, "rb")
  if not f then fail("E_OPEN", "%s: %s", name, reason:sub(#path + 3)) end
  local size, seek_reason = f:seek("end")
  if not size then fail("E_READ", "%s: %s", name, seek_reason) end
  return f, size
end

-- Exactly n bytes of f from offset on; name is for messages.
function file.read_at(f, name, offset, n)
  local text = f:seek("set", offset) and (n == 0 and "" or f:read(n))
  if not text or #text ~= n then fail("E_READ", "%s: byte %d: reading %d bytes failed", name, offset, n) end
  return text
end

-- Without opening it: that would wait for the writer of a fifo.
function file.exists(path) return (shell.try({ "test", "-e", path })) end

-- A name beside `path` that no other process uses: writers of the same file must not meet in a temporary one.
local function temporary(path)
  local f <close> = io.open("/proc/self/stat")
  return ("%s.%d.tmp"):format(path, f and f:read("n") or 0)
end

-- Lua reports a failed write at the write, the flush or not at all; close after a failed flush claims success.
local function write_all(f, text)
  local ok, reason = f:write(text)
  if ok then ok, reason = f:flush() end
  return ok, reason
end

-- Writes text to path atomically; a file that already holds it keeps its time stamp, so make rebuilds only what changed.
function file.write(path, text)
  local old = io.open(path, "rb")
  if old then
    local same = old:read("a") == text
    old:close()
    if same then return end
  end
  local temp = temporary(path)
  local f, reason = io.open(temp, "wb")
  if not f then fail("E_OUT_CREATE", "%s", reason) end
  local ok, write_reason = write_all(f, text)
  ok = f:close() and ok
  if ok then ok, write_reason = os.rename(temp, path) end
  if not ok then
    os.remove(temp)
    fail("E_OUT_WRITE", "%s: %s", path, write_reason or "write failed")
  end
end

return file
