-- blocks.lua: the innermost loops of a compiled kernel: the straight-line blocks of docs/KERNELS.md.
-- blocks.read(objdump, object) -> list. As a program: lua5.4 tests/blocks.lua OBJDUMP OBJECT.o STEPS prints them per step.

local blocks = {}

-- Of x86-64, Arm and RISC-V, without calls.
local function is_jump(name)
  return name:find("^j") and name ~= "jal" or name:find("^b") and name ~= "bl" and name ~= "blx" or name:find("^[ct]bn?z$")
end

-- Adds the loops of one function, given as instructions { at, name, jump (address or nil) } in order, to list.
local function add_innermost(list, instructions, symbol)
  local loops = {}
  for _, i in ipairs(instructions) do
    if i.jump and i.jump <= i.at then
      local contains = false
      for _, loop in ipairs(loops) do contains = contains or loop.from >= i.jump end
      if not contains then loops[#loops + 1] = { symbol = symbol, from = i.jump, to = i.at } end
    end
  end
  for _, loop in ipairs(loops) do
    loop.bytes, loop.instructions, loop.count = loop.to - loop.from, 0, {}
    for _, i in ipairs(instructions) do
      if i.at >= loop.from and i.at <= loop.to then
        loop.instructions = loop.instructions + 1
        loop.count[i.name] = (loop.count[i.name] or 0) + 1
      end
    end
    list[#list + 1] = loop
  end
end

-- Innermost loops in order of address: { symbol, from, to, bytes, instructions, count = { [name] = how often } }.
function blocks.read(objdump, object)
  local list, symbol, instructions = {}, nil, {}
  local pipe <close> = assert(io.popen(("%s -d --no-show-raw-insn '%s'"):format(objdump, object)))
  for line in pipe:lines() do
    local start = line:match("^%x+ <(.-)>:")
    local at, name, operands = line:gsub("{%l+} ", ""):match("^%s*(%x+):%s+(%S+)%s*(.*)$")   -- not "{vex} "
    if start then
      add_innermost(list, instructions, symbol)
      symbol, instructions = start, {}
    elseif at then
      local jump = is_jump(name) and operands:match("(%x+) <")
      instructions[#instructions + 1] = { at = tonumber(at, 16), name = name, jump = jump and tonumber(jump, 16) }
    end
  end
  add_innermost(list, instructions, symbol)
  return list
end

-- The largest block in bytes; 0 where there is no loop.
function blocks.largest(objdump, object)
  local most = 0
  for _, block in ipairs(blocks.read(objdump, object)) do most = math.max(most, block.bytes) end
  return most
end

-- What is no arithmetic on vectors: loads (of x86 also those to all lanes), stores, addresses and the loop.
local OTHER = { "^v?ld", "^v?st", "^v?mov", "^vpbroadcast", "^prefetch", "^add", "^sub", "^lea", "^cmp", "^b[^is]", "^b$", "^j",
  "^cbn?z" }

-- Arithmetic instructions of the largest block.
function blocks.arithmetic(objdump, object)
  local largest, sum = nil, 0
  for _, block in ipairs(blocks.read(objdump, object)) do
    if not largest or block.bytes > largest.bytes then largest = block end
  end
  for name, count in pairs(largest.count) do
    local other = false
    for _, pattern in ipairs(OTHER) do other = other or name:find(pattern) ~= nil end
    if not other then sum = sum + count end
  end
  return sum
end

if arg and arg[0] and arg[0]:find("blocks%.lua$") then
  local steps = math.tointeger(tonumber(arg[3] or 1))
  for _, block in ipairs(blocks.read(arg[1], arg[2])) do
    local names = {}
    for name in pairs(block.count) do names[#names + 1] = name end
    table.sort(names, function(a, b)
      if block.count[a] ~= block.count[b] then return block.count[a] > block.count[b] end
      return a < b
    end)
    for i, name in ipairs(names) do names[i] = ("%s %.1f"):format(name, block.count[name] / steps) end
    print(("%s: %d bytes, per step %.1f bytes, %.1f instructions: %s"):format(block.symbol, block.bytes,
      block.bytes / steps, block.instructions / steps, table.concat(names, ", ", 1, math.min(12, #names))))
  end
end

return blocks
