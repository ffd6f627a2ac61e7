-- requantize.lua: the same model with its ternary matrices in another format, without a loss. Keys and other tensors stay as they
-- are. Lua writes the header; a C program (templates/requantize*.c), compiled and run here, moves the weights.

local emit_build = require("gen.emit_build")
local emit_model = require("gen.emit_model")
local fail = require("gen.fail")
local file = require("gen.file")
local formats = require("gen.formats")
local gguf = require("gen.gguf")
local groups = require("gen.groups")
local host_tool = require("gen.host_tool")
local model = require("gen.model")
local read_matrices = require("gen.read_matrices")
local synth_formats = require("gen.synth_formats")
local tensor_bytes = require("gen.tensor_bytes")
local write = require("gen.gguf_write")

local requantize = {}

-- What can be written, and its general.file_type (bitnet.cpp and ik_llama.cpp: include/llama.h).
local FILE_TYPES = { i2_s = 40, tq1_0 = 36, tq2_0 = 37, iq1_bn = 128, iq2_bn = 129, stq1_0 = false }
local TEMPLATES = { "requantize", "read", "matrices", "sink" }

local function names()
  local list = {}
  for name in pairs(FILE_TYPES) do list[#list + 1] = name end
  table.sort(list)
  return table.concat(list, " ")
end

-- The keys as the file has them, but for those that a new format or layout changes; and how activations are quantised, for which
-- the new format might stand for something else.
local function keys(m, bytes, to)
  local header, kvs = m.gguf, {}
  for _, key in ipairs(header.kv_order) do
    local entry = header.kv[key]
    if key == "general.file_type" and FILE_TYPES[to] then
      kvs[#kvs + 1] = write.kv(key, write.U32, FILE_TYPES[to])
    elseif key ~= "general.file_type" and key ~= "general.alignment" then
      kvs[#kvs + 1] = bytes:sub(entry.from + 1, entry.to)
    end
  end
  if not header.kv[groups.KEY] then kvs[#kvs + 1] = write.kv(groups.KEY, write.STRING, groups.activations(m)) end
  return kvs
end

-- The tensors of the new file as gen/gguf_write.lua takes them, with `source`, the row of the old one.
local function tensors(m, type)
  local list = {}
  for i, t in ipairs(m.gguf.tensors) do
    local new = { name = t.name, dims = t.dims, type = t.layout, bytes = t.bytes, source = t }
    if t.class == "ternary" then
      new.type, new.bytes = type, tensor_bytes.of(type, t.dims, t.name)
      if not new.bytes then
        fail("E_GGUF_SHAPE", "%s: %s: %s do not fill the blocks of %s", m.gguf.name, t.name, table.concat(t.dims, " x "),
          type.name)
      end
    end
    list[i] = new
  end
  return list
end

local function program(root, m, list, total, to, options)
  local format, matrices = formats[to], read_matrices.list(m)
  local env = { name = to, matrices = {}, tensors = {}, total = total, source_max = 1, codes_max = 1,
    sparse = format.packing == "s54", scale_at = format.scale_at, scale_bytes = format.scale_bytes,
    unit = format.per == "tensor" and 0 or format.per == "row" and 1 or format.per,
    unpackers = read_matrices.unpackers(root, matrices, options),
    file_size = m.gguf.file_size, data_offset = m.gguf.data_offset, model_id = m.gguf.hash }
  for i, w in ipairs(matrices) do
    env.matrices[i] = { text = read_matrices.text(w, options) }
    env.source_max, env.codes_max = math.max(env.source_max, w.bytes), math.max(env.codes_max, w.rows * w.k)
  end
  local next_matrix = 0
  for i, t in ipairs(list) do
    env.tensors[i] = { matrix = -1, from = t.source.offset, bytes = t.source.bytes }
    if t.source.class == "ternary" then env.tensors[i].matrix, next_matrix = next_matrix, next_matrix + 1 end
  end
  local texts = {}
  for i, name in ipairs(TEMPLATES) do texts[i] = emit_model.render(root, name, env, {}) end
  texts[#texts + 1] = read_matrices.encoder(root, to)
  texts[#texts + 1] = emit_model.render(root, "requantize_main", env, {})
  return table.concat(texts)
end

-- Reads the GGUF options.operand, writes options.second in format options.to; options: cc, i2s_layout, tl_config.
-- E_USAGE, E_GGUF_*, E_MODEL_*, E_FORMAT_LOSS, E_OUT_*, E_TOOL. Returns warnings.
function requantize.run(root, options)
  local to, output = options.to, options.second
  if not output then fail("E_USAGE", "requantize: OUT.gguf is missing") end
  if not to then fail("E_USAGE", "requantize: --to FORMAT is missing; one of %s", names()) end
  if FILE_TYPES[to] == nil then fail("E_USAGE", "requantize: --to %s: one of %s", to, names()) end
  local m = model.load(gguf.read(options.operand))
  local list = tensors(m, synth_formats.type_of[to])
  local f <close> = file.open_regular(options.operand)
  local bytes = file.read_at(f, m.gguf.name, 0, m.gguf.data_offset)
  local header, total = write.header(keys(m, bytes, to), list)
  model.load(gguf.parse(header, file.base(output), total))
  local runtime = root .. "/runtime"
  local written, code = host_tool.write(output, {
    name = "requantize", text = program(root, m, list, total, to, options), cc = options.cc,
    sources = { "-I" .. runtime, runtime .. "/error.c" },
    files = { { name = "header.bin", text = header }, { name = "errors.h", text = emit_build.errors_h() } },
    arguments = function(part, dir) return { options.operand, dir .. "/header.bin", part } end,
  })
  if not written then error({ exit = code }, 0) end       -- the program has said why
  return m.warnings
end

return requantize
