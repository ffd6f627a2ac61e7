-- import.lua: a Hugging Face checkpoint becomes a GGUF with ternary weights as I2_S, which bitnet.cpp reads too.
-- Lua reads headers and JSON and writes the new header; a C program (templates/import*.c), compiled and run here, moves the
-- weights row by row, so memory does not grow with the model.

local config = require("gen.import_config")
local emit_build = require("gen.emit_build")
local expand = require("gen.expand")
local f32 = require("gen.f32")
local fail = require("gen.fail")
local file = require("gen.file")
local gguf = require("gen.gguf")
local groups = require("gen.groups")
local host_tool = require("gen.host_tool")
local import_tensors = require("gen.import_tensors")
local import_vocab = require("gen.import_vocab")
local model = require("gen.model")
local safetensors = require("gen.safetensors")
local shell = require("gen.shell")
local vocab = require("gen.vocab")
local write = require("gen.gguf_write")

local import = {}

local TEMPLATES = { "import", "sink", "import_tensors", "import_ternary", "import_main" }

-- The folder's own name, also for ".": it becomes the name of the model.
local function name_of(folder)
  local path = shell.capture({ "sh", "-c", 'cd -- "$1" && pwd', "sh", folder })
  if not path then fail("E_OPEN", "%s: no folder, or it cannot be entered", folder) end
  return (file.base(path:gsub("\n$", "")):gsub("[^ -~]", "?"))
end

-- The parameters that the keys of the header say, in their ranges.
local function read_params(c, sources, name)
  local p = model.params(gguf.parse((write.header(c.kvs, {})), name))
  p.n_vocab, p.norm_inputs = c.n_vocab, import_tensors.norm_inputs(sources)
  if p.norm_inputs then c.kvs[#c.kvs + 1] = write.kv(c.class.name .. ".pooling_type", write.U32, 3) end     -- the last token
  return p
end

-- ---- the program ----

local function place_text(source)
  return source and ("%d, %s, %dull"):format(source.shard.index, source.dtype, source.offset) or "0, F32, 0"
end

local function bits_text(values)
  local list = {}
  for i, v in ipairs(values) do list[i] = ("0x%08x"):format(f32.bits(v)) end
  return table.concat(list, ", ")
end

local function program(root, c, list, total)
  local rows, k_max = {}, 1
  for i, t in ipairs(list) do
    k_max = math.max(k_max, t.dims[1])
    rows[i] = { name = t.name, writer = t.writer, rows = t.dims[2] or 1, k = t.dims[1], halves = t.halves,
      from = place_text(t.source), scale = place_text(t.scale), bits = t.values and bits_text(t.values) or false }
  end
  local env = { ipairs = ipairs, tensors = rows, k_max = k_max, total = total,
    unsaid = c.class.dense and not c.scale or false,
    scaling = ({ divide = "DIVIDE", multiply = "MULTIPLY" })[c.scale] or "NO_SCALE" }
  local parts = {}
  for i, name in ipairs(TEMPLATES) do
    local path = "templates/" .. name .. ".c"
    parts[i] = expand(file.read(root .. "/" .. path), env, path)
  end
  return table.concat(parts)
end

-- Reads the checkpoint in the folder options.operand and writes the GGUF options.output. options.cc: the C compiler. Returns
-- warnings. root: the folder that holds templates/ and runtime/. The header passes the same checks as that of any model.
-- E_USAGE, E_OPEN, E_JSON_*, E_ST_*, E_MODEL_*, E_VOCAB_*, E_OUT_*, E_TOOL.
function import.run(root, options)
  local folder, output = options.operand, options.output
  if not output then fail("E_USAGE", "import: -o M.gguf is missing") end
  local warnings, name = {}, file.base(output)
  local c = config.read(folder, name_of(folder))
  local shards, sources = safetensors.read(folder)
  local p = read_params(c, sources, name)
  local list = import_tensors.plan(c, p, model.tensors(c.class.name, p), sources, warnings)
  local tokenizer = import_vocab.read(folder, c.values, c.n_vocab, warnings)
  local kvs = table.move(tokenizer, 1, #tokenizer, #c.kvs + 1, c.kvs)
  kvs[#kvs + 1] = write.kv("general.quantization_version", write.U32, 2)
  kvs[#kvs + 1] = write.kv(groups.KEY, write.STRING, "token")       -- as such checkpoints were trained
  local header, total = write.header(kvs, list)
  local made = model.load(gguf.parse(header, name, total))
  vocab.build(made.gguf.kv, made.n_vocab, name)

  local runtime, paths = root .. "/runtime", {}
  for i, shard in ipairs(shards) do paths[i] = shard.path end
  local written, code = host_tool.write(output, {
    name = "import", text = program(root, c, list, total), cc = options.cc,
    sources = { "-I" .. runtime, runtime .. "/error.c" },
    files = { { name = "header.bin", text = header }, { name = "errors.h", text = emit_build.errors_h() } },
    arguments = function(part, dir) return { dir .. "/header.bin", part, table.unpack(paths) } end,
  })
  if not written then error({ exit = code }, 0) end       -- the program has said why
  return warnings
end

return import
