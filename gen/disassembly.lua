-- disassembly.lua: what objdump (GNU binutils) says of an object compiled with line numbers, as Lua tables.

local fail = require("gen.fail")
local shell = require("gen.shell")

local disassembly = {}

-- Of x86-64 and AArch64, without calls.
local function is_jump(name)
  return name:find("^j") or name == "b" or name:find("^b%.") or name:find("^[ct]bn?z$")
end

-- The lines of C of one instruction, from the innermost inlined function outwards: { { file (base name), line } ... }. objdump
-- leaves out the innermost one where it is as before.
local Places = {}
Places.__index = Places

function Places:read(line)
  local inlined, path, number = line:match("^(i?n?l?i?n?e?d? ?b?y? ?)(/?[^:]+):(%d+)")
  if not number then return end
  local place = { file = path:match("[^/]*$"), line = math.tointeger(tonumber(number)) }
  if inlined ~= "inlined by " then
    self.list, self.fresh = { place }, true
  elseif self.fresh then
    self.list[#self.list + 1] = place
  else
    self.list, self.fresh = { self.list[1], place }, true
  end
end

-- For the next instruction: where it comes from, shared with those after it.
function Places:take()
  self.fresh = false
  return self.list
end

-- Runs `tool` on object. Returns the instructions in order of address, by symbol as they come:
-- { at, symbol, name, text, jump (address or nil), places (as above) }. E_TOOL; package: what to install.
function disassembly.read(tool, package, object)
  if not shell.has(tool) then fail("E_TOOL", "no %s; install the package %s", tool, package) end
  local text = shell.capture({ tool, "-d", "-l", "--inlines", "--no-show-raw-insn", object })
  if not text then fail("E_TOOL", "%s cannot read %s", tool, object:match("[^/]*$")) end
  local list, places, symbol = {}, setmetatable({ list = {} }, Places), nil
  for line in text:gmatch("[^\n]+") do
    local at, code = line:match("^%s+(%x+):%s+(.*)$")
    if at then
      local name, operands = code:gsub("^{%l+} ", ""):match("^(%S+)%s*(.*)$")     -- not "{vex} "
      local jump = is_jump(name) and operands:match("(%x+) <")
      list[#list + 1] = { at = tonumber(at, 16), symbol = symbol, name = name, text = code:gsub("%s+", " "),
        jump = jump and tonumber(jump, 16), places = places:take() }
    else
      symbol = line:match("^%x+ <(.-)>:") or symbol
      places:read(line)
    end
  end
  return list
end

-- The line of `file` between first and last that an instruction comes from, innermost first; nil where it comes from elsewhere.
function disassembly.line_in(instruction, file, first, last)
  for _, place in ipairs(instruction.places) do
    if place.file == file and place.line >= first and place.line <= last then return place.line end
  end
end

-- The loops that contain no other loop, as { first, last } indices of instructions.
local function innermost(list)
  local index, loops = {}, {}
  for i, instruction in ipairs(list) do index[instruction.symbol .. instruction.at] = i end
  for i, instruction in ipairs(list) do
    local first = instruction.jump and index[instruction.symbol .. instruction.jump]
    if first and first <= i then
      local contains = false
      for _, loop in ipairs(loops) do contains = contains or loop.first >= first end
      if not contains then loops[#loops + 1] = { first = first, last = i } end
    end
  end
  return loops
end

-- The number of instructions in the largest innermost loop that comes, all but its edges, from these lines; nil without one.
function disassembly.largest_block(list, file, first, last)
  local most
  for _, loop in ipairs(innermost(list)) do
    local inside, all = 0, loop.last - loop.first + 1
    for i = loop.first, loop.last do
      if disassembly.line_in(list[i], file, first, last) then inside = inside + 1 end
    end
    if inside * 2 > all and all > (most or 0) then most = all end
  end
  return most
end

return disassembly
