-- gguf_write.lua: the header of a GGUF file, version 3, as bytes: what gen/gguf.lua reads.
-- Format: ggml docs/gguf.md.

local write = { U32 = 4, I32 = 5, F32 = 6, BOOL = 7, STRING = 8, ARRAY = 9 }     -- value types

write.ALIGNMENT = 32     -- of the data and of each tensor, where general.alignment is missing

function write.u32(v) return string.pack("<I4", v) end
function write.u64(v) return string.pack("<I8", v) end
function write.string(s) return string.pack("<s8", s) end

local value_of = {
  [write.U32] = write.u32,
  [write.I32] = function(v) return string.pack("<i4", v) end,
  [write.F32] = function(v) return string.pack("<f", v) end,
  [write.BOOL] = function(v) return v and "\1" or "\0" end,
  [write.STRING] = write.string,
}

-- A key with its value.
function write.kv(key, type, value) return write.string(key) .. write.u32(type) .. value_of[type](value) end

-- A key whose value is an array, up to where its elements begin.
function write.array_head(key, type, count)
  return write.string(key) .. write.u32(write.ARRAY) .. write.u32(type) .. write.u64(count)
end

-- A key with a list of values.
function write.array(key, type, list)
  local parts, value = { write.array_head(key, type, #list) }, value_of[type]
  for i, v in ipairs(list) do parts[i + 1] = value(v) end
  return table.concat(parts)
end

-- The infos of tensors, { name, dims, type = row of gen/tensor_types.lua, bytes } each, one after the other in the data.
-- Sets `offset` of each, from the start of the data. Returns the bytes of the infos and of the data.
function write.tensor_infos(tensors)
  local infos, offset = {}, 0
  for i, t in ipairs(tensors) do
    local dims = write.u32(#t.dims)
    for _, n in ipairs(t.dims) do dims = dims .. write.u64(n) end
    infos[i] = write.string(t.name) .. dims .. write.u32(t.type.id) .. write.u64(offset)
    t.offset = offset
    offset = (offset + t.bytes + write.ALIGNMENT - 1) & -write.ALIGNMENT
  end
  return table.concat(infos), offset
end

-- A whole header, padded to where the data begins, and the bytes of header and data together. kvs: strings as of write.kv.
function write.header(kvs, tensors)
  local infos, data = write.tensor_infos(tensors)
  local text = "GGUF" .. write.u32(3) .. write.u64(#tensors) .. write.u64(#kvs) .. table.concat(kvs) .. infos
  text = text .. ("\0"):rep(-#text & write.ALIGNMENT - 1)
  return text, #text + data
end

return write
