-- target.lua: loads targets/*.lua, resolves parents and boards, finds the best target for this machine.
-- Contract of the fields: docs/TARGETS.md.

local fail = require("gen.fail")
local nearest = require("gen.nearest")
local shell = require("gen.shell")

local target = {}

local FIELDS = {
  name = "string", parent = "string", about = "string", arch = "string", rank = "number",
  cc = "string", package = "string", libc = "string", triple = "string", compilers = "string", run = "table",
  cflags = "table", link = "table", kernel_flags = "table", kernel_header = { string = true, boolean = true },
  needs = "string", address_bits = "number", threads = "number", embed = "boolean",
  vec_bytes = "number", f16 = "string", peak = "string",
  family = "string", common = { string = true, boolean = true }, packings = "table", bandwidth = "number",
  batch = { table = true, boolean = true }, unit_batch = { table = true, boolean = true }, lists = "table",
  screen = "table",
}

local function load_file(root, name)
  local chunk, reason = loadfile(root .. "/targets/" .. name .. ".lua", "t", {})
  if not chunk then fail("E_INTERNAL", "%s", reason) end
  return chunk()
end

local function load_table(root, name)
  local t = load_file(root, name)
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
  for name in listing:gmatch("([^\n]+)%.lua\n") do
    if name ~= "boards" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- The rows of targets/boards.lua.
function target.boards(root) return load_file(root, "boards") end

-- A target with a parent's fields where it has none.
local function resolve(root, name)
  local t = load_table(root, name)
  if not t.parent then return t end
  return setmetatable(t, { __index = resolve(root, t.parent) })
end

-- A board is its target under another name, with more flags, perhaps another compiler; `board` is its row.
local function resolve_board(root, board)
  local t = resolve(root, board.target)
  local cflags = table.move(t.cflags, 1, #t.cflags, 1, {})
  table.move(board.flags, 1, #board.flags, #cflags + 1, cflags)
  return setmetatable({ name = board.name, about = board.about, cflags = cflags, cc = board.cc, package = board.cc,
    triple = board.triple, board = board,
    bandwidth = board.bandwidth and board.bandwidth / (board.fast or board.cores) }, { __index = t })
end

-- The resolved table of a target or a board.
function target.load(root, name)
  local known = { "native" }
  for _, n in ipairs(target.names(root)) do
    if n == name then return resolve(root, name) end
    known[#known + 1] = n
  end
  local targets = table.concat(known, " ")
  for _, board in ipairs(target.boards(root)) do
    if board.name == name then return resolve_board(root, board) end
    known[#known + 1] = board.name
  end
  fail("E_TARGET", "no target or board '%s'; the nearest names: %s; the targets: %s", name,
    table.concat(nearest(name, known), " "), targets)
end

-- The machine's architecture as uname -m names it, in Linux' words.
function target.machine()
  local name = (shell.capture({ "uname", "-m" }) or "unknown\n"):match("%S+")
  return name == "arm64" and "aarch64" or name
end

-- Whether programs of target t are for this kind of machine: then its compiler is the plain one.
local function is_here(t)
  return t.arch == "any" or t.arch == target.machine()
end

-- The compiler for target t: --cc, else the target's own. One clang compiles for every machine, once it is told which.
function target.compiler(t, cc)
  cc = cc or is_here(t) and "cc" or t.cc
  if not is_here(t) and cc:match("^[^ ]*"):match("[^/]*$"):find("^clang[%d-]*$") and not cc:find("-target", 1, true) then
    return cc .. " --target=" .. t.triple
  end
  return cc
end

local function all_in(needs, features)
  for feature in needs:gmatch("%S+") do
    if not features[feature] then return false end
  end
  return true
end

-- The set of features this CPU can execute, from a small compiled probe in folder `dir`.
function target.probe(root, dir)
  local probe = dir .. "/probe"
  local built = shell.try({ "cc", "-std=c11", "-O1", "-I", root .. "/runtime", "-o", probe,
    root .. "/runtime/probe.c", root .. "/runtime/cpu.c" })
  local listing = built and shell.capture({ probe })
  if not listing then
    fail("E_TOOL", "the CPU probe could not be compiled and run with 'cc'; install the package gcc, or name a --target")
  end
  local features = {}
  for feature in listing:gmatch("%S+") do features[feature] = true end
  return features
end

-- The highest ranked target whose needs this CPU meets.
function target.native(root, dir)
  local features, best = target.probe(root, dir), nil
  for _, name in ipairs(target.names(root)) do
    local t = target.load(root, name)
    if is_here(t) and all_in(t.needs, features) and (not best or t.rank > best.rank) then best = t end
  end
  return best
end

return target
