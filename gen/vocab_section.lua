-- vocab_section.lua: the vocabulary section of the image as one binary string.
-- Layout: struct tok_section in runtime/tok_section.h. Input: what gen/vocab.lua has checked.

local hash = require("gen.hash")

local vocab_section = { NONE = 0xFFFFFFFF }    -- no such id

local NONE = vocab_section.NONE
local MIX = 0x9E3779B97F4A7C15    -- 2^64 / golden ratio; the high bits of a product pick the slot
local MAX_STEPS = 8
local SILENT, END = 1, 2          -- bits of a token's traits: prints nothing, ends the generation

-- An open hash table for n entries, 1/3 or more of it empty: slots of 0, and log2 of their number.
local function empty_slots(n)
  local bits = 1
  while 2 << bits < 3 * n do bits = bits + 1 end
  local slots = {}
  for i = 1, 1 << bits do slots[i] = 0 end
  return slots, bits
end

-- merges: flat list left, right, merged id. Slots hold 1 + the merge's number, found by the two units.
-- Returns slots and bits, or nil and the numbers of two merges of the same pair.
function vocab_section.merge_table(merges)
  local n = #merges // 3
  local slots, bits = empty_slots(n)
  local mask, shift = (1 << bits) - 1, 64 - bits
  for i = 1, n do
    local left, right = merges[3 * i - 2], merges[3 * i - 1]
    local slot = (left << 32 | right) * MIX >> shift
    while slots[slot + 1] ~= 0 do
      local other = slots[slot + 1]
      if merges[3 * other - 2] == left and merges[3 * other - 1] == right then
        return nil, other - 1, i - 1
      end
      slot = slot + 1 & mask
    end
    slots[slot + 1] = i
  end
  return slots, bits
end

-- Slots hold 1 + id of each plain token, found by its bytes.
local function text_table(tokens)
  local slots, bits = empty_slots(tokens.n)
  local mask, shift = (1 << bits) - 1, 64 - bits
  for i = 1, tokens.n do
    if tokens.plain[i] then
      local slot = hash.fnv1a(hash.BASIS, tokens.raw[i]) * MIX >> shift
      while slots[slot + 1] ~= 0 do slot = slot + 1 & mask end
      slots[slot + 1] = i
    end
  end
  return slots, bits
end

-- chars: flat list code point, unit. Slots hold both, found by the code point; unit NONE: empty. A flat list.
local function char_table(chars)
  local n = #chars // 2
  local _, bits = empty_slots(n)
  local slots, mask, shift = {}, (1 << bits) - 1, 64 - bits
  for i = 0, mask do slots[2 * i + 1], slots[2 * i + 2] = 0, NONE end
  for i = 1, n do
    local code, unit = chars[2 * i - 1], chars[2 * i]
    local slot = code * MIX >> shift
    while slots[2 * slot + 2] ~= NONE do slot = slot + 1 & mask end
    slots[2 * slot + 1], slots[2 * slot + 2] = code, unit
  end
  return slots, bits
end

-- Ids of the special tokens in byte order of their texts (Lua starts in the C locale, where <
-- compares bytes), and for each byte, and 256, the index in that list where texts from it on begin.
local function special_lists(tokens)
  local ids, raw = {}, tokens.raw
  for i = 1, tokens.n do
    if tokens.special[i] then ids[#ids + 1] = i - 1 end
  end
  table.sort(ids, function(a, b) return raw[a + 1] < raw[b + 1] end)
  local first, at = {}, 1
  for byte = 0, 256 do
    while ids[at] and raw[ids[at] + 1]:byte() < byte do at = at + 1 end
    first[byte + 1] = at - 1
  end
  return ids, first
end

local function traits_of(tokens, ends)
  local traits = {}
  for i = 1, tokens.n do traits[i] = tokens.silent[i] and SILENT or 0 end
  for _, id in ipairs(ends) do traits[id + 1] = traits[id + 1] | END end
  return traits
end

local function offsets_of(raw)
  local offsets, at = {}, 0
  for i = 1, #raw do
    offsets[i] = at
    at = at + #raw[i]
  end
  offsets[#raw + 1] = at
  return offsets
end

-- A list of integers as bytes; item as for string.pack.
local function packed(list, item)
  local batch, parts = 240, {}
  local format, whole = "<" .. item:rep(batch), #list - #list % batch
  for i = 1, whole, batch do
    parts[#parts + 1] = format:pack(table.unpack(list, i, i + batch - 1))
  end
  parts[#parts + 1] = ("<" .. item:rep(#list - whole)):pack(table.unpack(list, whole + 1))
  return table.concat(parts)
end

local function flag(value) return value and 1 or 0 end

-- v: is_spm, tokens = { n, and by id + 1: raw = what it stands for, plain = written as normal tokens are,
-- special = found in the text first, silent = prints nothing }, byte_ids = { 256 ids }, merges, merge_slots, merge_bits,
-- token_ranks (by id + 1) and chars of SentencePiece or empty, ids = { bos, eos, eot or nil, eom or nil, ends = { ids } },
-- steps, ignore_merges, clean_spaces of gen/pretokenizers.lua, add_bos, add_eos, add_space.
function vocab_section.pack(v)
  local tokens, ids = v.tokens, v.ids
  local text_slots, text_bits, char_slots, char_bits = {}, 0, {}, 0
  if v.ignore_merges then text_slots, text_bits = text_table(tokens) end
  if v.is_spm then char_slots, char_bits = char_table(v.chars) end
  local special, special_first = special_lists(tokens)
  local parts = {
    packed(offsets_of(tokens.raw), "I4"), packed(v.byte_ids, "I4"),
    packed(v.merges, "I4"), packed(v.merge_slots, "I4"), packed(text_slots, "I4"),
    packed(char_slots, "I4"), packed(v.token_ranks, "I4"),
    packed(special, "I4"), packed(special_first, "I4"),
    packed(traits_of(tokens, ids.ends), "B"), table.concat(tokens.raw),
  }
  local header = {
    tokens.n, ids.bos, ids.eos, ids.eot or NONE, ids.eom or NONE, flag(v.add_bos), flag(v.add_eos),
    flag(v.is_spm), flag(v.add_space), flag(v.clean_spaces), v.merge_bits, text_bits, char_bits,
  }
  for i = 1, MAX_STEPS do header[#header + 1] = v.steps[i] or 0 end
  local at = 4 * (#header + #parts)
  for _, part in ipairs(parts) do
    header[#header + 1] = at
    at = at + #part
  end
  return packed(header, "I4") .. table.concat(parts)
end

return vocab_section
