-- gguf.lua: the header of a GGUF file, versions 2 and 3, as Lua tables. Weight bytes are never read.
-- Format: ggml docs/gguf.md and src/gguf.cpp. Errors: docs/ERRORS.md. Everything in the file is taken as hostile.

local checked = require("gen.checked")
local cursor = require("gen.cursor")
local fail = require("gen.fail")
local file = require("gen.file")
local hash = require("gen.hash")
local tensor_bytes = require("gen.tensor_bytes")
local tensor_types = require("gen.tensor_types")

local gguf = {}

local MIN_KV = 8 + 1 + 4 + 1               -- key of one byte, type, value of one byte
local MIN_TENSOR = 8 + 1 + 4 + 8 + 4 + 8   -- name of one byte, n_dims, one dimension, type, offset
local MAX_ENTRIES = 1 << 17                -- of keys, of tensors
local MAX_KEY, MAX_NAME, MAX_DIMS = 65535, 64, 4

-- Value types by id; format as for string.unpack.
local VALUE_TYPES = {
  [0] = { name = "u8", format = "B" },   { name = "i8", format = "b" },
  { name = "u16", format = "I2" },       { name = "i16", format = "i2" },
  { name = "u32", format = "I4" },       { name = "i32", format = "i4" },
  { name = "f32", format = "f" },        { name = "bool", format = "B" },
  { name = "string" },                   { name = "array" },
  { name = "u64", format = "I8" },       { name = "i64", format = "i8" },
  { name = "f64", format = "d" },
}

local function value_type(c, what)
  local id = c:number("I4", what .. " type")
  return VALUE_TYPES[id] or c:fail("E_GGUF_TYPE", "%s has type %d", what, id)
end

local function to_bool(c, value, what)
  if value > 1 then c:fail("E_GGUF_BOOL", "%s has a bool of value %d", what, value) end
  return value == 1
end

local function read_array(c, what)
  local elem = value_type(c, what .. " element")
  if elem.name == "array" then c:fail("E_GGUF_NEST", "%s is an array of arrays", what) end
  if elem.name == "string" then
    return { type = "array", elem = "string", value = c:strings(c:array_length(8, what), what) }
  end
  local values = c:numbers(elem.format, c:array_length(elem.format:packsize(), what), what)
  if elem.name == "bool" then
    for i, value in ipairs(values) do values[i] = to_bool(c, value, what) end
  end
  return { type = "array", elem = elem.name, value = values }
end

local function read_value(c, what)
  local type = value_type(c, what)
  if type.name == "array" then return read_array(c, what) end
  if type.name == "string" then return { type = "string", value = c:string(what) } end
  if type.name == "f32" then
    local bits = c:number("I4", what)
    return { type = "f32", value = (("<f"):unpack(("<I4"):pack(bits))), bits = bits }
  end
  local value = c:number(type.format, what)
  if type.name == "bool" then value = to_bool(c, value, what) end
  return { type = type.name, value = value }
end

-- Fills header.kv and header.kv_order.
local function read_kv(c, n_kv, header)
  local kv, order = {}, {}
  header.kv, header.kv_order = kv, order
  for i = 0, n_kv - 1 do
    local what, from = "key " .. i, c:offset()
    local key = c:string(what)
    if #key > MAX_KEY or not key:find("^[ -~]+$") then
      c:fail("E_GGUF_KEY", "%s of %d bytes is empty, too long or not printable: %s", what, #key, key:sub(1, 64))
    end
    local short = key:sub(1, 64)
    if kv[key] then c:fail("E_GGUF_DUP_KEY", "%s, %s, occurs twice", what, short) end
    kv[key] = read_value(c, short)
    kv[key].from, kv[key].to = from, c:offset()
    order[#order + 1] = key
  end
end

local function read_dims(c, what)
  local n_dims = c:number("I4", what .. " n_dims")
  if n_dims < 1 or n_dims > MAX_DIMS then c:fail("E_GGUF_DIMS", "%s has %d dimensions", what, n_dims) end
  local dims = c:numbers("I8", n_dims, what .. " dims")
  for i, n in ipairs(dims) do
    if n <= 0 then c:fail("E_GGUF_DIMS", "%s: dimension %d is %s", what, i - 1, checked.text(n)) end
  end
  return dims
end

-- Bytes of a tensor of this type and these dims, 0 where the type does not tell.
local function bytes_of(c, what, type, dims)
  return tensor_bytes.of(type, dims, what) or c:fail("E_GGUF_SHAPE", "%s: %s in rows of %d do not fill the blocks of %s",
    what, table.concat(dims, " x "), dims[1], type.name)
end

-- Tensor infos in file order; offsets still count from the start of the data.
local function read_tensors(c, n_tensors)
  local tensors, seen = {}, {}
  for i = 0, n_tensors - 1 do
    local name = c:string("tensor name " .. i)
    if #name > MAX_NAME or not name:find("^[a-z0-9_.]+$") then
      c:fail("E_GGUF_NAME", "tensor name %d is empty, too long or outside [a-z0-9_.]: %s", i, name:sub(1, MAX_NAME))
    end
    if seen[name] then c:fail("E_GGUF_DUP_TENSOR", "%s occurs twice", name) end
    seen[name] = true
    local dims = read_dims(c, name)
    local type_id = c:number("I4", name .. " type")
    local type = tensor_types[type_id] or c:fail("E_GGUF_TENSOR_TYPE", "%s has type %d", name, type_id)
    tensors[i + 1] = {
      name = name, type = type.name, type_id = type_id, dims = dims,
      bytes = bytes_of(c, c.name .. ": " .. name, type, dims),
      offset = c:number("I8", name .. " offset"),
    }
  end
  return tensors
end

local function read_alignment(c, kv)
  local entry = kv["general.alignment"]
  if not entry then return 32 end
  local n = entry.value
  if entry.type ~= "u32" or n < 8 or n > 65536 or n & (n - 1) ~= 0 then
    c:fail("E_GGUF_ALIGN", "general.alignment is not a u32 power of two from 8 to 65536")
  end
  return n
end

-- Makes the tensors' offsets absolute, gives each its space (bytes up to the next tensor, for the last to the end of
-- the file), and checks that they lie aligned, apart and inside the file. Returns where the last one ends.
local function place_tensors(header)
  local by_offset = {}
  for i, t in ipairs(header.tensors) do
    local what = ("%s: %s"):format(header.name, t.name)
    if t.offset & (header.alignment - 1) ~= 0 then
      fail("E_GGUF_OFFSET", "%s: offset %s is not a multiple of %d", what, checked.text(t.offset), header.alignment)
    end
    t.offset = checked.add(t.offset, header.data_offset, "E_GGUF_OFFSET", what)
    if header.partial then
      local padded = checked.pad(t.bytes, header.alignment, "E_GGUF_SIZE", what)
      header.file_size = math.max(header.file_size, checked.add(t.offset, padded, "E_GGUF_SIZE", what))
    elseif t.bytes > header.file_size - t.offset then
      fail("E_GGUF_RANGE", "%s: %d bytes from %d on, in a file of %d", what, t.bytes, t.offset, header.file_size)
    end
    by_offset[i] = { t = t, index = i }
  end
  table.sort(by_offset, function(a, b)
    return a.t.offset < b.t.offset or a.t.offset == b.t.offset and a.index < b.index
  end)
  for i, entry in ipairs(by_offset) do
    local t, next_entry = entry.t, by_offset[i + 1]
    t.last = next_entry == nil
    t.space = (next_entry and next_entry.t.offset or header.file_size) - t.offset
    if t.bytes > t.space then
      fail("E_GGUF_OVERLAP", "%s: %s of %d bytes overlaps %s, %d bytes behind it", header.name, t.name, t.bytes,
        next_entry.t.name, t.space)
    end
  end
  tensor_bytes.resolve(header)
  local last = by_offset[#by_offset]
  return last and last.t.offset + last.t.bytes or header.data_offset
end

local function identity(source, data_offset, file_size)
  local h = hash.BASIS
  local step = 1 << 20
  for offset = 0, data_offset - 1, step do
    h = hash.fnv1a(h, source.read(offset, math.min(step, data_offset - offset)))
  end
  return hash.hex(hash.fnv1a(h, ("<I8"):pack(file_size)))
end

local function read_version(c)
  local magic = c:bytes(4, "magic")
  if magic ~= "GGUF" then fail("E_GGUF_MAGIC", "%s: begins with \"%s\", not \"GGUF\"", c.name, magic) end
  local version = c:number("I4", "version")
  if version ~= 0 and version & 0xffff == 0 then c:fail("E_GGUF_ENDIAN", "version %d is big-endian", version) end
  if version ~= 2 and version ~= 3 then c:fail("E_GGUF_VERSION", "version %d is neither 2 nor 3", version) end
  return version
end

local function bound_entries(c, count, min_bytes, what)
  if count > MAX_ENTRIES then c:fail("E_GGUF_COUNT", "%s %d > %d", what, count, MAX_ENTRIES) end
  return c:bound(count, min_bytes, "E_GGUF_COUNT", what)
end

-- source as for cursor.new; header: an empty table, which holds what was read when an error comes.
local function parse(source, name, header)
  local c = cursor.new(source, name)
  header.name, header.version, header.file_size, header.warnings = name, read_version(c), source.size, {}
  header.partial = source.partial
  local n_tensors, n_kv = c:number("I8", "n_tensors"), c:number("I8", "n_kv")
  bound_entries(c, n_tensors, MIN_TENSOR, "n_tensors")
  header.n_tensors, header.n_kv = n_tensors, bound_entries(c, n_kv, MIN_KV, "n_kv")
  read_kv(c, n_kv, header)
  header.alignment = read_alignment(c, header.kv)
  header.tensors = read_tensors(c, bound_entries(c, n_tensors, MIN_TENSOR, "n_tensors"))
  header.data_offset = checked.pad(c:offset(), header.alignment, "E_GGUF_SIZE", name)
  if header.partial then c:need(header.data_offset - c:offset(), "padding") end
  local data_end = checked.pad(place_tensors(header), header.alignment, "E_GGUF_SIZE", name)
  if source.size > data_end then
    header.warnings[1] = ("%s: %d bytes after the last tensor are ignored"):format(name, source.size - data_end)
  end
  header.missing = header.file_size - source.size
  header.hash = identity(source, math.min(header.data_offset, source.size), header.file_size)
  return header
end

-- The header of a whole GGUF file held in a string, or of the beginning of one of `size` bytes. Fields: see gguf.read; path is
-- nil.
function gguf.parse(text, name, size)
  return parse({ size = size or #text, read = function(offset, n) return text:sub(offset + 1, offset + n) end }, name, {})
end

-- Reads the header of the file at path. Returns
--   { path, name (base name), version, kv_order = { keys },
--     kv = { [key] = { type, value, bits (of an f32), elem (of an array), from, to (where it lies in the file) } },
--     tensors = { { name, type, type_id, layout (row of gen/tensor_types.lua), dims = { ne0, ... }, offset (in the file),
--     bytes, space, last } ... } in file order,
--     data_offset, file_size, alignment, hash (docs/NUMERICS.md 6), missing (bytes of data), warnings = { strings } }
-- A u64 of 2^63 or more is a negative Lua integer.
-- partial: an empty table, or nil. With it the data may be missing, as in a file that is still on its way; file_size and hash are
-- those of the whole file, if it ends with its last tensor. After an error it holds what was read, n_kv and n_tensors too.
function gguf.read(path, partial)
  local name = file.base(path)
  local f <close>, size = file.open_regular(path)
  local source = { size = size, partial = partial ~= nil }
  function source.read(offset, n) return file.read_at(f, name, offset, n) end
  local header = parse(source, name, partial or {})
  header.path = path
  return header
end

return gguf
