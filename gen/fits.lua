-- fits.lua: does a planned model fit the memory and the address space of its target?

local fail = require("gen.fail")
local target = require("gen.target")

local fits = {}

local GIGABYTE = 1 << 30
local SYSTEM_SHARE = 8               -- one eighth of a board's memory is left to its system
local ADDRESS_SPACE = 5 << 29        -- of a 32-bit process: 3 GB at least, less half a GB for the program, stacks and gaps

-- Refuses a graph whose program could not map its image and arena at all.
function fits.check_address_space(g)
  if g.target.address_bits == 32 and g.image.bytes + g.arena.bytes > ADDRESS_SPACE then
    fail("E_MEM", "an image of %d and an arena of %d MB: target %s has room for %d MB in its 32-bit addresses; "
      .. "a smaller --ctx or --batch makes the arena smaller", g.image.bytes // 1000000, g.arena.bytes // 1000000,
      g.target.name, ADDRESS_SPACE // 1000000)
  end
  return g
end

-- Memory this machine has to spare, in bytes, or nil.
local function memory_available()
  local f <close> = io.open("/proc/meminfo")
  local kilobytes = f and f:read("a"):match("MemAvailable:%s+(%d+)")
  return kilobytes and kilobytes * 1024
end

-- Whether a board has `need` bytes: true if one of the sizes there are has. And what to say.
local function fits_board(board, need)
  for _, size in ipairs(board.memory) do
    if need <= size * GIGABYTE // SYSTEM_SHARE * (SYSTEM_SHARE - 1) then
      return true, ("yes: %s with %d GB"):format(board.name, size)
    end
  end
  return false, ("no: %s has at most %d GB"):format(board.name, board.memory[#board.memory])
end

-- Whether a program that needs `need` bytes fits the memory of its target t, or `given` GB instead: true, false, or nil where
-- the machine's memory is not known; and the same in words.
function fits.memory(t, need, given)
  if not given and t.board and t.board.memory then return fits_board(t.board, need) end
  local is_here = not t.board and (t.arch == "any" or t.arch == target.machine())
  local memory = given and given * 1e9 or is_here and memory_available()
  if not memory then return nil, "not known for another machine; --memory tells what it has" end
  return need <= memory, ("%s: %.2f MB of %.2f MB available"):format(need <= memory and "yes" or "no", need / 1e6, memory / 1e6)
end

return fits
