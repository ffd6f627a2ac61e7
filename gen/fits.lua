-- fits.lua: does a planned model fit the memory and the address space of its target?

local fail = require("gen.fail")
local target = require("gen.target")

local fits = {}

local GIGABYTE = 1 << 30
local SYSTEM_SHARE = 8               -- one eighth of a board's memory is left to its system
local ADDRESS_SPACE = 5 << 29        -- of a 32-bit process: 3 GB at least, less half a GB for the program, stacks and gaps

-- Bytes that a program needs at once: its image, mapped, and its arena.
function fits.need(g) return g.image.bytes + g.arena.bytes end

-- Refuses a graph whose program could not map its image and arena at all.
function fits.check_address_space(g)
  if g.target.address_bits == 32 and fits.need(g) > ADDRESS_SPACE then
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

-- Whether the program fits a board: true if it fits one of the sizes there are. And what to say.
local function fits_board(g, board)
  for _, size in ipairs(board.memory) do
    if fits.need(g) <= size * GIGABYTE // SYSTEM_SHARE * (SYSTEM_SHARE - 1) then
      return true, ("yes: %s with %d GB"):format(board.name, size)
    end
  end
  return false, ("no: %s has at most %d GB"):format(board.name, board.memory[#board.memory])
end

-- true, false or nil where the machine's memory is not known, and the same in words.
function fits.memory(g)
  local t, need = g.target, fits.need(g)
  if t.board and t.board.memory then return fits_board(g, t.board) end
  local memory = not t.board and (t.arch == "any" or t.arch == target.machine()) and memory_available()
  if not memory then return nil, "not known for another machine" end
  return need <= memory, ("%s: %.2f MB of %.2f MB available"):format(need <= memory and "yes" or "no", need / 1e6, memory / 1e6)
end

return fits
