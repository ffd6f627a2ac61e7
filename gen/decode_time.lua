-- decode_time.lua: what a weight costs in decode, by packing, from the target's table of rates.

local packings = require("gen.packings")

local decode_time = {}

-- Rows and columns of a list come at this share of the bandwidth of what is read whole. Measured in the 2B-4T shape, where they
-- have 640 bytes, at densities of 0.4 and 0.25, 2 threads, pages of 4 KB: 0.54 (x86-64-v3), 0.61 (x86-avx512, x86-avx512vbmi).
local GATHER = 0.55

-- Memory and unpacking overlap, the slower one counts.
local function slower(memory, unpacking)
  return math.max(memory, unpacking), memory > unpacking and "memory" or "unpacking"
end

local function bytes_per_weight(name) return packings[name].bytes / (16 * packings[name].step) end

-- Of a matrix that is read whole, on one core: ns, and what it waits for.
function decode_time.whole(target, name)
  return slower(bytes_per_weight(name) / target.bandwidth, 1 / target.packings[name].rate)
end

-- Of what is listed in a packing for lists: the same.
function decode_time.listed(target, name)
  return slower(bytes_per_weight(name) / (GATHER * target.bandwidth), 1 / target.lists[packings[name].list].rate)
end

return decode_time
