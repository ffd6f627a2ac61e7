-- safetensors.lua: the headers of a Hugging Face checkpoint, one file or shards, as Lua tables. Weight bytes are never read.
-- Format: huggingface/safetensors, README. As there, the tensors fill the data without holes. All of it is taken as hostile.

local checked = require("gen.checked")
local fail = require("gen.fail")
local file = require("gen.file")
local json = require("gen.json")

local safetensors = {}

local SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
local MAX_HEADER, MAX_INDEX = 16 << 20, 16 << 20      -- bytes; an 8B model has some 100 KB of each
local MAX_SHARDS, MAX_DIMS, MAX_NAME = 1000, 8, 256

-- Bytes of an element.
local DTYPES = {
  BOOL = 1, U8 = 1, I8 = 1, F8_E4M3 = 1, F8_E5M2 = 1, I16 = 2, U16 = 2, F16 = 2, BF16 = 2,
  I32 = 4, U32 = 4, F32 = 4, I64 = 8, U64 = 8, F64 = 8,
}

-- The integers of a JSON array, all of them at least 0.
local function naturals(array, most, what, error_name)
  if json.kind(array) ~= "array" or #array > most then fail(error_name, "%s is no array of at most %d", what, most) end
  for _, n in ipairs(array) do
    if math.type(n) ~= "integer" or n < 0 then fail(error_name, "%s holds %s", what, tostring(n)) end
  end
  return array
end

-- A tensor from its entry in the header of a shard, whose data is [data, size) of the file.
local function read_tensor(shard, name, entry, data, size)
  local what = ("%s: %s"):format(shard.name, name)
  if #name == 0 or #name > MAX_NAME then fail("E_ST_HEADER", "%s: a name of %d bytes", shard.name, #name) end
  if json.kind(entry) ~= "object" then fail("E_ST_HEADER", "%s is no object", what) end
  local width = DTYPES[entry.dtype] or fail("E_ST_DTYPE", "%s: dtype %s", what, tostring(entry.dtype))
  local bytes = width
  for _, n in ipairs(naturals(entry.shape, MAX_DIMS, what .. ": shape", "E_ST_SHAPE")) do
    bytes = checked.mul(bytes, n, "E_ST_SHAPE", what)
  end
  local from, to = table.unpack(naturals(entry.data_offsets, 2, what .. ": data_offsets", "E_ST_OFFSET"))
  if not to or from > to or to > size - data then
    fail("E_ST_OFFSET", "%s: bytes %s to %s of %d", what, tostring(from), tostring(to), size - data)
  end
  if to - from ~= bytes then fail("E_ST_SHAPE", "%s: %d bytes for a shape of %d", what, to - from, bytes) end
  return { name = name, dtype = entry.dtype, shape = entry.shape, shard = shard, offset = data + from, bytes = bytes }
end

-- The tensors follow each other from the header to the end of the file.
local function check_layout(shard, list, data, size)
  table.sort(list, function(a, b)
    if a.offset ~= b.offset then return a.offset < b.offset end
    if a.bytes ~= b.bytes then return a.bytes < b.bytes end
    return a.name < b.name
  end)
  local at = data
  for _, t in ipairs(list) do
    if t.offset ~= at then
      fail("E_ST_OFFSET", "%s: %s begins at byte %d, the tensor before it ends at %d", shard.name, t.name, t.offset, at)
    end
    at = at + t.bytes
  end
  if at ~= size then fail("E_ST_OFFSET", "%s: the last tensor ends at byte %d of %d", shard.name, at, size) end
end

-- Adds the tensors of one file to `tensors`, by name.
local function read_shard(shard, tensors)
  local f <close>, size = file.open_regular(shard.path)
  if size < 8 then fail("E_ST_TRUNCATED", "%s: %d bytes", shard.name, size) end
  local length = ("<i8"):unpack(file.read_at(f, shard.name, 0, 8))
  if length < 0 or length > size - 8 then
    fail("E_ST_TRUNCATED", "%s: a header of %s bytes > %d bytes left", shard.name, checked.text(length), size - 8)
  end
  if length > MAX_HEADER then fail("E_ST_HEADER", "%s: a header of %d bytes > %d", shard.name, length, MAX_HEADER) end
  local header = json.parse(file.read_at(f, shard.name, 8, length), shard.name .. ": header")
  if json.kind(header) ~= "object" then fail("E_ST_HEADER", "%s: the header is no object", shard.name) end
  local list, data = {}, 8 + length
  header.__metadata__ = nil
  for name, entry in pairs(header) do list[#list + 1] = read_tensor(shard, name, entry, data, size) end
  check_layout(shard, list, data, size)
  for _, t in ipairs(list) do
    local other = tensors[t.name]
    if other then fail("E_ST_DUP_TENSOR", "%s is in %s and in %s", t.name, other.shard.name, shard.name) end
    tensors[t.name] = t
  end
end

-- weight_map of the index, { [tensor] = file name }, and the file names, sorted.
local function read_index(folder)
  local map = json.read_object(folder .. "/" .. INDEX, MAX_INDEX).weight_map
  if json.kind(map) ~= "object" then fail("E_ST_SHARD", "%s: weight_map is %s", INDEX, json.kind(map)) end
  local names, seen = {}, {}
  for tensor, name in pairs(map) do
    if type(name) ~= "string" or not name:find("^[%w_][%w_.-]*%.safetensors$") then
      fail("E_ST_SHARD", "%s: %s is said to be in %s", INDEX, tensor, tostring(name))
    end
    if not seen[name] then names[#names + 1] = name end
    seen[name] = true
  end
  if #names == 0 or #names > MAX_SHARDS then fail("E_ST_SHARD", "%s names %d shards", INDEX, #names) end
  table.sort(names)
  return map, names
end

-- The checkpoint in a folder: model.safetensors, or what model.safetensors.index.json names. Returns
--   shards = { { path, name, index (from 0) }, ... },
--   tensors = { [name] = { name, dtype, shape (row-major), shard, offset (in the file), bytes } }.
function safetensors.read(folder)
  local map, names = {}, { SINGLE }
  if not file.exists(folder .. "/" .. SINGLE) and file.exists(folder .. "/" .. INDEX) then map, names = read_index(folder) end
  local shards, tensors = {}, {}
  for i, name in ipairs(names) do
    shards[i] = { path = folder .. "/" .. name, name = name, index = i - 1 }
    if #names > 1 and not file.exists(shards[i].path) then fail("E_ST_SHARD", "%s is missing", name) end
    read_shard(shards[i], tensors)
  end
  for tensor, name in pairs(map) do
    if not tensors[tensor] or tensors[tensor].shard.name ~= name then
      fail("E_ST_SHARD", "%s: %s is not in %s", INDEX, tensor, name)
    end
  end
  return shards, tensors
end

return safetensors
