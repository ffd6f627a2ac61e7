-- block_cases.lua: data of block types for embedding and head, for gguf_cases.lua.

-- Blocks of `size` elements for embedding and head: `before` scales, random bytes, `behind` scales. random(n): 0 .. n-1.
local function blocks_of(size, before, count, behind)
  local scale = ("<I2"):pack(0x2000)     -- 2^-7
  return function(n, random)
    local out = {}
    for block = 1, n // size do
      local bytes = {}
      for i = 1, count do bytes[i] = string.char(random(256)) end
      out[block] = scale:rep(before) .. table.concat(bytes) .. scale:rep(behind)
    end
    return table.concat(out)
  end
end

-- By type: function(n, random) that makes n elements.
return {
  q4_0 = blocks_of(32, 1, 16, 0), q8_0 = blocks_of(32, 1, 32, 0), q4_k = blocks_of(256, 2, 140, 0),
  q6_k = blocks_of(256, 0, 208, 1), q2_0 = blocks_of(64, 1, 16, 0), ptq1_0 = blocks_of(128, 0, 26, 1),
}
