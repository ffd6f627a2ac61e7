-- model.lua: from a GGUF header to a checked model: its parameters and the tensors its architecture names.
-- Contract: a tensor that would change the result is used or refused; others are named in a warning.

local checked = require("gen.checked")
local fail = require("gen.fail")
local formats = require("gen.formats")
local params = require("gen.params")
local rope = require("gen.rope")
local tensor_types = require("gen.tensor_types")

local model = {}

local ARCHS = {}
for _, file_name in ipairs { "bitnet", "bitnet_1bitllm", "gemma3", "llama", "minicpm", "qwen3" } do
  local arch = require("gen.arch." .. file_name)
  for _, name in ipairs(arch.names) do ARCHS[name] = arch end
end

local MAX_VOCAB = 1 << 20

-- The tensor types that can stand in each class of place.
local CLASSES = {
  ternary = formats,
  rows = require("gen.row_types"),
  norm = { f32 = true, f16 = true, bf16 = true, q4_0 = true, q8_0 = true, q4_k = true, q6_k = true },
  factor = { f32 = true },       -- of a matrix's scale
  divisors = { f32 = true },     -- of the angles of RoPE
}

-- Names of tensors that would change the result and are not built.
local REFUSED = { "%.bias$", "%.scale$", "_norm%.weight$", "_norm_in%.weight$", "^rope_[a-z_]+%.weight$" }

-- Missing dimensions count as 1.
local function same_shape(dims, shape)
  for i = 1, math.max(#dims, #shape) do
    if (dims[i] or 1) ~= (shape[i] or 1) then return false end
  end
  return true
end

local function shape_text(dims) return "{" .. table.concat(dims, ", ") .. "}" end

-- Ids of ternary formats were or are other types elsewhere, and a faulty writer may give I2_S a byte per element: only the space
-- up to the next tensor, or to the end of the file, tells.
local function check_space(t, alignment, what)
  local function padded(bytes) return checked.pad(bytes, alignment, "E_GGUF_SIZE", what) end
  local elements = t.k * t.rows
  if t.type == "i2_s" and t.last and t.space >= elements and t.space <= padded(elements) then
    fail("E_GGUF_RANGE", "%s: %d bytes, one per element, where I2_S takes %d", what, t.space, t.bytes)
  elseif not t.last and t.space ~= padded(t.bytes) then
    fail("E_MODEL_TYPE", "%s: type %d in %d bytes is not %s, which takes %d", what, t.type_id, t.space, t.type:upper(), t.bytes)
  end
end

-- OxiBonsai writes a format of its own, as large as PrismML's Q2_0, under the id 42; it says so in a key.
local function check_oxibonsai(header, t, what)
  local version = header.kv["general.quantization_version"]
  if t.type_id == 42 and (header.kv["oxibonsai.quant_format"] or version and version.type == "string") then
    fail("E_MODEL_TYPE", "%s: type 42 of OxiBonsai is not supported", what)
  end
end

-- The header's tensor t for a row of the architecture's list.
local function check_tensor(header, t, want)
  local what = ("%s: %s"):format(header.name, want.name)
  if t.layout.variants then
    fail("E_MODEL_TYPE", "%s: type %d is %s; by its size it is none of these, or it could be several", what, t.type_id,
      (t.type:gsub("/", " or ")))
  end
  if not CLASSES[want.class][t.type] then fail("E_MODEL_TYPE", "%s: type %s is not supported here", what, t.type) end
  if not same_shape(t.dims, want.shape) then
    fail("E_MODEL_SHAPE", "%s: shape %s, the parameters say %s", what, shape_text(t.dims), shape_text(want.shape))
  end
  t.k, t.rows = want.shape[1], want.shape[2] or 1
  t.class, t.stored = want.class, t.layout
  if want.class == "ternary" then
    local per = formats[t.type].per
    t.scale_per, t.plus_two = per == t.k and "row" or per, formats[t.type].plus_two
    check_space(t, header.alignment, what)
    check_oxibonsai(header, t, what)
  end
  return t
end

-- A warning about the tensors that the architecture has not taken, nil if there are none.
local function check_unused(header, taken)
  local unused = {}
  for _, t in ipairs(header.tensors) do
    if not taken[t.name] then
      for _, pattern in ipairs(REFUSED) do
        if t.name:find(pattern) then fail("E_MODEL_TENSOR", "%s: %s is not supported", header.name, t.name) end
      end
      unused[#unused + 1] = t.name
    end
  end
  if #unused == 0 then return nil end
  return ("%s: unused tensors: %d, beginning with %s"):format(header.name, #unused, unused[1])
end

-- The names of all architectures, sorted.
function model.architectures()
  local names = {}
  for name in pairs(ARCHS) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- The tensors that architecture `name` has with parameters p, as gen/arch/bitnet.lua describes them.
function model.tensors(name, p)
  local list = ARCHS[name].tensors(p)
  return table.move(rope.tensors(p), 1, 2, #list + 1, list)
end

-- A rotation of the inputs of the matrices, which is not built; without it the file loads and gives nonsense.
local function check_rotation(header)
  for _, key in ipairs(header.kv_order) do
    if key:find("^prism%.hadamard%.") then fail("E_MODEL_PARAM", "%s: %s is not supported", header.name, key:sub(1, 64)) end
  end
end

-- Whether the inputs of the matrices are normed, and what that says about a header without, or with an odd, pooling_type.
local function check_pooling(m, arch, by_name)
  m.norm_inputs = arch.may_norm_inputs and by_name["blk.0.attn_q_norm_in.weight"] ~= nil
  if m.pooling == "mean" and not m.norm_inputs then
    fail("E_MODEL_PARAM", "%s: %s.pooling_type is 1, the mean; only 3, the last token, is supported", m.gguf.name, m.arch)
  elseif m.pooling == "mean" then
    m.warnings[#m.warnings + 1] = m.gguf.name .. ": pooling_type is 1, the mean; this kind of model takes the last token"
  end
  m.pooling = (m.pooling or m.norm_inputs) and "last" or nil
end

local function find_arch(header)
  local entry = header.kv["general.architecture"]
  if not entry or entry.type ~= "string" then
    fail("E_MODEL_ARCH", "%s: general.architecture is %s", header.name, entry and "of type " .. entry.type or "missing")
  end
  local arch = ARCHS[entry.value]
  if not arch then
    fail("E_MODEL_ARCH", "%s: architecture %s is not supported; there are: %s. Another one is a file in gen/arch/", header.name,
      entry.value:sub(1, 64), table.concat(model.architectures(), ", "))
  end
  return arch, entry.value
end

-- The parameters of a header of gguf.read: of params.read, without the tensors.
function model.params(header) return params.read(header, find_arch(header)) end

-- The rows of the embedding, which all that depends on the vocabulary must have.
local function vocab_rows(header, embedding, vocab_size)
  local rows = embedding.dims[2] or 1
  if rows > MAX_VOCAB then fail("E_MODEL_LIMIT", "%s: %d tokens > %d", header.name, rows, MAX_VOCAB) end
  if vocab_size and vocab_size ~= rows then
    fail("E_MODEL_SHAPE", "%s: vocab_size is %d, the embedding has %d rows", header.name, vocab_size, rows)
  end
  return rows
end

-- --embd: embedding and head rows of plain floats will be stored as q8_0 or q6_k, a declared loss. Sets m.embd, the row of
-- gen/tensor_types.lua, unless the file has no such rows.
function model.requantise(m, type_name)
  local type
  for _, row in pairs(tensor_types) do
    if row.name == type_name then type = row end
  end
  for _, t in pairs(m.tensors) do
    if t.class == "rows" and t.stored.block == 1 then
      if t.k % type.block ~= 0 then
        fail("E_USAGE", "--embd %s: rows of %d are no whole blocks of %d", type_name, t.k, type.block)
      end
      t.stored, m.embd = type, type
    end
  end
  if not m.embd then m.warnings[#m.warnings + 1] = m.gguf.name .. ": rows are quantised already: --embd changes nothing" end
end

-- Checks a header of gguf.read. Returns the fields of params.read and
--   { name (base name without .gguf), arch, build_graph (of the architecture), n_vocab (rows of the embedding),
--     has_output, norm_inputs, pooling ("last" for a model for embeddings, else nil), gguf = header, warnings,
--     tensors = { [name] = the header's row, with k (inputs), rows (outputs), class, and stored: for rows the row of
--       gen/tensor_types.lua that the image holds; of ternary ones scale_per: what may share a scale, and plus_two: whether a
--       weight may be +2 (both: gen/scales.lua) } }.
function model.load(header)
  local arch, arch_name = find_arch(header)
  local m = params.read(header, arch, arch_name)
  m.name = header.name:gsub("%.gguf$", "")
  m.arch, m.build_graph, m.gguf, m.tensors = arch_name, arch.graph, header, {}
  local by_name = {}
  for _, t in ipairs(header.tensors) do by_name[t.name] = t end
  local function find(name)
    return by_name[name] or fail("E_MODEL_TENSOR", "%s: %s is missing", header.name, name)
  end
  m.warnings = table.move(header.warnings, 1, #header.warnings, 1, {})
  check_pooling(m, arch, by_name)
  check_rotation(header)
  m.n_vocab = vocab_rows(header, find("token_embd.weight"), m.vocab_size)
  for _, want in ipairs(model.tensors(arch_name, m)) do
    if by_name[want.name] or not want.optional then
      m.tensors[want.name] = check_tensor(header, find(want.name), want)
    end
  end
  m.has_output = m.tensors["output.weight"] ~= nil
  m.warnings[#m.warnings + 1] = check_unused(header, m.tensors)
  return m
end

return model
