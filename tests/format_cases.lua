-- format_cases.lua: encoders of the formats of ternary weights, value by value from their definitions, for tests/formats.t.
-- Independent of templates/: written from ggml-common.h, ik_llama.cpp, PrismML's and BitNet's documents.

local cases = require("tests.gguf_cases")

local format_cases = {}

local HALF = ("<I2"):pack(0x3800)      -- 0.5
local SINGLE = ("<f"):pack(0.5)

-- Two bits a weight: weight e of `block` in byte e % (block / 4), at place e // (block / 4) from the lowest bits, or the highest.
local function planes(w, first, n, block, high)
  local bytes, quarter = {}, block // 4
  for i = 0, n // 4 - 1 do bytes[i + 1] = 0 end
  for e = 0, n - 1 do
    local at, place = e // block * quarter + e % quarter + 1, e % block // quarter
    bytes[at] = bytes[at] | w[first + e] + 1 << 2 * (high and 3 - place or place)
  end
  return string.char(table.unpack(bytes))
end

local function digits(list, high_first)
  local v = 0
  for i = 1, 5 do v = 3 * v + (list[high_first and i or 6 - i] or 0) end
  return string.char((256 * v + 242) // 243)
end

local function base3(w, first, n)
  local out = {}
  for part, bytes in ipairs { n // 8, n // 16, n // 64 } do
    local count = part < 3 and 5 or 4
    for m = 0, bytes - 1 do
      local list = {}
      for d = 1, count do list[d] = w[first + (d - 1) * bytes + m] + 1 end
      list[5] = list[5] or 0
      out[#out + 1] = digits(list, true)
    end
    first = first + count * bytes
  end
  return table.concat(out)
end

local function blocks(n, f)
  return function(w, k)
    local out = {}
    for first = 1, k, n do out[#out + 1] = f(w, first) end
    return table.concat(out)
  end
end

local function q2_0(group) return blocks(group, function(w, first) return HALF .. planes(w, first, group, 4) end) end

local function q1_0(group)
  return blocks(group, function(w, first)
    local out = { HALF }
    for e = first, first + group - 1, 8 do
      local byte = 0
      for i = 0, 7 do byte = byte | (w[e + i] > 0 and 1 or 0) << i end
      out[#out + 1] = string.char(byte)
    end
    return table.concat(out)
  end)
end

local iq1_bn_block = blocks(64, function(w, first)
  local out, last = {}, {}
  for i = 0, 3 do
    for k = 0, 2 do
      local list = {}
      for j = 1, 5 do list[j] = w[first + 16 * i + 5 * k + j - 1] + 1 end
      out[#out + 1] = digits(list)
    end
    last[i + 1] = w[first + 16 * i + 15] + 1
  end
  return table.concat(out) .. digits(last)
end)

-- Of each group the 4-bit slot and the sign, from its lanes: one is zero.
local stq1_0 = blocks(256, function(w, first)
  local slots, signs = {}, {}
  for g = 0, 63 do
    local zero, others = nil, {}
    for p = 0, 3 do
      local v = w[first + g // 16 * 64 + g % 16 + 16 * p]
      if v == 0 then zero = p else others[#others + 1] = v end
    end
    local sign = others[1] < 0 and 1 or 0
    local slot = zero << 2 | (others[2] ~= others[1] and 1 or 0) | (others[3] ~= others[1] and 2 or 0)
    slots[g // 2 + 1] = (slots[g // 2 + 1] or 0) | slot << g % 2 * 4
    signs[g // 8 + 1] = (signs[g // 8 + 1] or 0) | sign << g % 8
  end
  return string.char(table.unpack(slots)) .. string.char(table.unpack(signs)) .. HALF
end)

-- w: a list of k weights; returns a row with the scale 0.5.
format_cases.rows = {
  tq1_0 = blocks(256, function(w, first) return base3(w, first, 256) .. HALF end),
  tq2_0 = blocks(256, function(w, first) return planes(w, first, 256, 128) .. HALF end),
  ptq1_0 = blocks(128, function(w, first) return base3(w, first, 128) .. HALF end),
  iq1_bn = function(w, k) return HALF .. iq1_bn_block(w, k) end,
  iq2_bn = function(w, k) return SINGLE .. planes(w, 1, k, 64) end,
  q2_0 = q2_0(64), q2_0_g128 = q2_0(128), pq2_0 = q2_0(128), q1_0 = q1_0(128), q1_0_g32 = q1_0(32), stq1_0 = stq1_0,
}

-- The whole of a matrix whose rows are all w.
function format_cases.matrix(format, w, k, rows)
  local encode = format_cases.rows[format]
  if encode then return encode(w, k):rep(rows) end
  if format == "iq2_bn_r4" then
    local out = { SINGLE:rep(4) }
    for first = 1, k, 16 do out[#out + 1] = planes(w, first, 16, 16):rep(4) end
    return table.concat(out):rep(rows // 4)
  end
  local block = ({ i2_s = 128, i2_s_arm = 64, i2_s_sequential = 4 })[format]
  return planes(w, 1, k, block, true):rep(rows) .. SINGLE .. ("\xaa"):rep(28)
end

-- A toy whose matrices have rows of 256 weights, or of 768, that repeat `weights`; 4 rows at least, no multiple of a tile.
function format_cases.toy(format, id, weights)
  local spec = cases.toy { n_embd = 256, n_head = 64, n_head_kv = 1, n_ff = 768 }
  for _, row in ipairs(spec.tensors) do
    if row.type == 36 then
      local k, list = row.dims[1], {}
      for first = 0, k - 1, 256 do table.move(weights, 1, 256, first + 1, list) end
      row.type, row.data = id, format_cases.matrix(format, list, k, row.dims[2])
    end
  end
  return spec
end

return format_cases
