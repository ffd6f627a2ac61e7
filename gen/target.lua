-- target.lua: loads targets/*.lua, resolves parents, finds the best one for this machine.
-- Contract of the fields: docs/TARGETS.md.

local fail = require("gen.fail")
local shell = require("gen.shell")

local target = {}

local FIELDS = {
  name = "string", parent = "string", about = "string", arch = "string", rank = "number",
  cc = "string", package = "string", run = "table", cflags = "table", needs = "string",
  vec_bytes = "number", f16 = "string", peak = "string",
  family = "string", common = { string = true, boolean = true }, packings = "table", bandwidth = "number",
  batch = { table = true, boolean = true },
  screen = "table",
}

local function load_table(root, name)
  local chunk, reason = loadfile(root .. "/targets/" .. name .. ".lua", "t", {})
  if not chunk then fail("E_INTERNAL", "%s", reason) end
  local t = chunk()
  for field, value in pairs(t) do
    local types = FIELDS[field]
    local fits = types == type(value) or type(types) == "table" and types[type(value)]
    if not fits then fail("E_INTERNAL", "targets/%s.lua: bad field %s", name, field) end
  end
  return t
end

-- All target names, sorted.
function target.names(root)
  local names = {}
  local listing = shell.capture({ "ls", root .. "/targets" }) or fail("E_INTERNAL", "cannot list targets/")
  for name in listing:gmatch("([^\n]+)%.lua\n") do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- The resolved table of one target: its own fields over its parent's.
function target.load(root, name)
  local known = {}
  for _, n in ipairs(target.names(root)) do known[n] = true end
  if not known[name] then
    fail("E_TARGET", "no target '%s'; there are: native %s", name, table.concat(target.names(root), " "))
  end
  local t = load_table(root, name)
  if not t.parent then return t end
  return setmetatable(t, { __index = target.load(root, t.parent) })
end

-- The machine's architecture as uname -m names it.
function target.machine()
  return (shell.capture({ "uname", "-m" }) or "unknown\n"):match("%S+")
end

-- The compiler for target t: --cc, else the target's own; on a machine of the target's own architecture the plain one.
function target.compiler(t, cc)
  if cc then return cc end
  if t.arch == "any" or t.arch == target.machine() then return "cc" end
  return t.cc
end

local function all_in(needs, features)
  for feature in needs:gmatch("%S+") do
    if not features[feature] then return false end
  end
  return true
end

-- The set of features this CPU can execute, from a small compiled probe in folder `dir`.
function target.probe(root, dir, cc)
  local probe = dir .. "/probe"
  local built = shell.try({ cc or "cc", "-std=c11", "-O1", "-I", root .. "/runtime", "-o", probe,
    root .. "/runtime/probe.c", root .. "/runtime/cpu.c" })
  local listing = built and shell.capture({ probe })
  if not listing then
    fail("E_TOOL", "the CPU probe could not be compiled and run with '%s'; install the package gcc, or name a --target",
      cc or "cc")
  end
  local features = {}
  for feature in listing:gmatch("%S+") do features[feature] = true end
  return features
end

-- The highest ranked target whose needs this CPU meets.
function target.native(root, dir, cc)
  local features, machine, best = target.probe(root, dir, cc), target.machine(), nil
  for _, name in ipairs(target.names(root)) do
    local t = target.load(root, name)
    local here = t.arch == "any" or t.arch == machine
    if here and all_in(t.needs, features) and (not best or t.rank > best.rank) then best = t end
  end
  return best
end

return target
