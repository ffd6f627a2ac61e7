-- tensor_bytes.lua: the bytes of a tensor by type and dims; formats that share a type id told apart by their sizes.

local checked = require("gen.checked")
local tensor_types = require("gen.tensor_types")

local tensor_bytes = {}

-- Bytes of a tensor { name, dims } of a type (row of gen/tensor_types.lua), 0 for an id that several formats share; nil where
-- the dims do not fill the type's blocks. what: for E_GGUF_SIZE.
function tensor_bytes.of(type, dims, what)
  local rows = 1
  for i = 2, #dims do rows = checked.mul(rows, dims[i], "E_GGUF_SIZE", what) end
  local elements = checked.mul(rows, dims[1], "E_GGUF_SIZE", what)
  if dims[1] % type.block ~= 0 or elements % type.group ~= 0 or rows % type.row_group ~= 0 then return nil end
  if type.bytes_of then return type.bytes_of(dims[1], rows) end
  local bytes = checked.mul(elements // type.block, type.block_bytes, "E_GGUF_SIZE", what)
  bytes = checked.add(bytes, checked.mul(rows, type.header, "E_GGUF_SIZE", what), "E_GGUF_SIZE", what)
  return checked.add(bytes, type.tail, "E_GGUF_SIZE", what)
end

-- Whether every tensor of the list fills the space it has in the file when it is of this type.
local function all_fill(tensors, type, alignment)
  for _, t in ipairs(tensors) do
    local bytes = tensor_bytes.of(type, t.dims, t.name)
    if not bytes or bytes > t.space or t.space - bytes >= alignment then return false end
  end
  return true
end

-- header: of gen/gguf.lua, its tensors with `space`. Gives every tensor `layout`, its row of gen/tensor_types.lua; of tensors
-- whose id several formats share, `type` and `bytes` too, if all that have the id fill their space in one of these formats and in
-- no other. One matrix of 2048 weights tells the formats of PrismML and ggml apart.
function tensor_bytes.resolve(header)
  local sharing = {}
  for _, t in ipairs(header.tensors) do
    t.layout = tensor_types[t.type_id]
    if t.layout.variants then
      sharing[t.type_id] = sharing[t.type_id] or {}
      table.insert(sharing[t.type_id], t)
    end
  end
  for id, tensors in pairs(sharing) do
    local found, count = nil, 0
    for _, variant in ipairs(tensor_types[id].variants) do
      if all_fill(tensors, variant, header.alignment) then found, count = variant, count + 1 end
    end
    for _, t in ipairs(count == 1 and tensors or {}) do
      t.layout, t.type, t.bytes = found, found.name, tensor_bytes.of(found, t.dims, t.name)
    end
  end
end

return tensor_bytes
