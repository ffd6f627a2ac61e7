-- synth.lua: a GGUF of random weights in a known model's shape, for speed, tests and plans without a download.
-- Lua lays the file out and writes a C program (templates/synth*.c), which, compiled and run here, writes the bytes.

local expand = require("gen.expand")
local fail = require("gen.fail")
local file = require("gen.file")
local header = require("gen.synth_header")
local host_tool = require("gen.host_tool")
local known_models = require("gen.known_models")
local model = require("gen.model")
local round_up = require("gen.round_up")
local row_types = require("gen.row_types")
local pretokenizers = require("gen.pretokenizers")
local synth_formats = require("gen.synth_formats")
local tensor_bytes = require("gen.tensor_bytes")

local synth = {}

local ALIGNMENT = 32       -- of tensors in the file: the default of GGUF

local ROW_TYPES = {}
for name in pairs(row_types) do ROW_TYPES[#ROW_TYPES + 1] = name end
table.sort(ROW_TYPES)
local SYLLABLES = 32       -- of templates/synth_vocab.c
local MAX_WIDTH = 65536    -- of gen/params.lua

-- Option, smallest, largest. A vocabulary needs its bytes, a special token for each known use, and one word.
local SIZES = {
  { "layers", 1, 512 }, { "embd", 32, MAX_WIDTH }, { "ff", 4, MAX_WIDTH }, { "heads", 1, 1024 }, { "kv_heads", 1, 1024 },
  { "head_dim", 2, 1024 }, { "vocab", 267, 1 << 20 }, { "ctx", 1, 1 << 20 },
}

local function usage(format, ...) fail("E_USAGE", "synth: " .. format, ...) end

local function one_of(option, value, names)
  for _, name in ipairs(names) do
    if name == value then return value end
  end
  usage("--%s %s: not one of %s", option, tostring(value), table.concat(names, ", "))
end

-- ---- the model: a known shape, changed by options ----

local function known_shape(root, name)
  return known_models.find(root, name) or usage("there is no shape '%s'; see tritc models", tostring(name))
end

-- How many merges all words have at all their splits.
local function all_merges(words)
  local count, level, n = 0, SYLLABLES, 1
  while words > 0 do
    local here = math.min(words, level)
    count = count + here * math.max(1, n - 1)
    words, level, n = words - here, level * SYLLABLES, n + 1
  end
  return count
end

local function sizes(o, known)
  local m = { spm = one_of("tokenizer", o.tokenizer or known.tokenizer.model or "gpt2", { "gpt2", "llama" }) == "llama" }
  for _, row in ipairs(SIZES) do
    local name, low, high = table.unpack(row)
    local v = o[name] or known.shape[name]
    if math.type(v) ~= "integer" or v < low or v > high then
      usage("--%s %s: not an integer from %d to %d", name:gsub("_", "-"), tostring(v), low, high)
    end
    m[name] = v
  end
  m.specials = math.max(10, math.min(256, m.vocab // 500))
  m.first_word = header.first_words(m.spm)
  local words = m.vocab - m.first_word - m.specials
  if words < 1 then usage("--vocab %d: less than %d", m.vocab, m.first_word + m.specials + 1) end
  m.merges = math.max(words, math.min(known.tokenizer.merges or math.maxinteger, all_merges(words)))
  return m
end

-- The deviation z at which a normal distribution has a share 0.1 .. 0.9 above -z: the Maclaurin series of the probit.
local function probit(share)
  local p = share - 0.5
  local x = 2 * math.pi * p * p
  return math.sqrt(2 * math.pi) * p * (1 + x * (1 / 6 + x * (7 / 120 + x * (127 / 5040
    + x * (4369 / 362880 + x * (34807 / 39916800))))))
end

local WEIGHT_SQUARE = 592 / 1024      -- mean square of a code: the share of -1 and +1 in the published 2B4T model
local CONSTANT = 1.7                  -- the constant columns, in standard deviations of the others
local CONSTANT_SHARE = 1 / 16

-- Gates above zero: half of them, as random signs give it, or the share `density`. For the latter, columns 0 and 1 of
-- every 32 are one positive constant in all embeddings, kept by rows of zeros in attn_output and ffn_down and brought
-- to CONSTANT by ffn_norm; there, n of 1024 codes of the gate get the sign that shifts its mean by z deviations.
-- Measured: within 0.01 of `density` in every layer of the 2B4T shape, within 0.04 for 128 or 256 columns.
local function gate_shares(density, k)
  local z, columns = math.abs(probit(density)), k * CONSTANT_SHARE
  local n, shift, variance = 0, 0, math.huge
  while shift * shift < z * z * variance do
    n = n + 1
    local b = n / 1024
    shift = columns * CONSTANT * b
    variance = WEIGHT_SQUARE * (k - columns) + columns * CONSTANT * CONSTANT * (WEIGHT_SQUARE * (1 - b) + b - b * b)
  end
  local rare, zero = 296 * (1024 - n) // 1024, 432 * (1024 - n) // 1024
  local frequent = 1024 - rare - zero
  local minus, plus = rare, frequent
  if density < 0.5 then minus, plus = plus, minus end
  return ("%d, %d, %d"):format(minus, zero, plus)
end

-- The share of gates, or nil where nothing is to be done about it.
local function checked_density(density, widths)
  if not density or density == 0.5 then return nil end
  if type(density) ~= "number" or density < 0.1 or density > 0.9 then
    usage("--density %s: not a number from 0.1 to 0.9", tostring(density))
  end
  for _, k in ipairs(widths) do
    if k % 128 ~= 0 then usage("--density needs rows of whole blocks of 128, not of %d", k) end
  end
  return density
end

-- How positions are scaled: as the shape says, or by an option: four times the original context, or with divisors of the angles.
local function rope_scaling(known, option, ctx)
  if not option then return known.rope_scaling or {} end
  local type = one_of("rope", option, { "none", "linear", "yarn", "longrope", "freqs" })
  if type == "none" then return {} end
  if type == "freqs" then return { freqs = true } end
  return { type = type, factor = type ~= "longrope" and 4.0 or nil, ctx = ctx // 4 }
end

local function describe(root, o)
  local known = known_shape(root, o.shape)
  local m = sizes(o, known)
  m.general_name, m.eps, m.rope_base = known.general_name, known.eps, known.rope_base
  m.arch = one_of("arch", o.arch or known.arch, model.architectures())
  m.embedding, m.scales, m.rope_scaling = known.embedding or false, o.scales, rope_scaling(known, o.rope, m.ctx)
  m.type = one_of("type", o.type or known.type, ROW_TYPES)
  m.head = one_of("head", o.head or known.head or "tied", { "tied", "separate" })
  m.pre = o.pre or known.tokenizer.pre
  if m.pre and not pretokenizers.rows[m.pre] then usage("--pre %s: not one of %s", m.pre, pretokenizers.NAMES) end
  if m.spm or m.pre == "default" then m.pre = nil end
  m.seed = o.seed or 0
  if math.type(m.seed) ~= "integer" then usage("--seed %s: not an integer", tostring(m.seed)) end
  local width = m.heads * m.head_dim
  if width > MAX_WIDTH then usage("%d heads of %d are wider than %d", m.heads, m.head_dim, MAX_WIDTH) end
  if m.heads % m.kv_heads ~= 0 then usage("%d heads are not a multiple of %d kv heads", m.heads, m.kv_heads) end
  if m.head_dim % 2 ~= 0 then usage("--head-dim %d: rotation needs an even size", m.head_dim) end
  if o.density and row_types[m.type].deviation then usage("--density: not with --type %s", m.type) end
  local density = checked_density(o.density, { m.embd, m.ff, width })
  m.direction = density and gate_shares(density, m.embd) or false
  synth_formats.describe(m, o.weights, o.uneven)
  return m
end

-- ---- tensors ----

local function fixed(x) return math.floor(x * 0x1p24 + 0.5) end

-- What synth's model is called in gen/arch/.
local function params_of(m)
  return { n_embd = m.embd, n_vocab = m.vocab, n_layer = m.layers, n_ff = m.ff, n_head = m.heads, n_head_kv = m.kv_heads,
    head_dim = m.head_dim, norm_inputs = m.embedding, rope_scaling = { type = m.rope_scaling.type or "none" } }
end

-- Whether the file has a tensor that the architecture may have.
local function wanted(m, tensor)
  if tensor.name == "output.weight" then return m.head == "separate" end
  if tensor.class == "factor" then return m.scales end
  return m.rope_scaling.freqs
end

local RESIDUAL = { attn_output = true, ffn_down = true }

-- All tensors in file order, with scales that keep activations ordinary: q, k, v, gate and up have unit variance; each of
-- the 2 * layers branches adds the variance `branch` to the residual, which grows from a deviation of 3/sqrt(embd) to 1.5.
-- Logits then have a deviation of 3, so the softmax stays broad, and the input token's own logit is 6 above the mean. (Where
-- an architecture does not norm the input of a matrix, or multiplies by constants, less exactly.)
local function tensor_list(m)
  local list, start = {}, 9 / m.embd
  local branch = (2.25 - start) / (2 * m.layers)
  local function add(name, type_name, writer, dims, scale)
    local type, rows = synth_formats.type_of[type_name], dims[2] or 1
    local bytes = tensor_bytes.of(type, dims, name) or usage("%s: %s cannot hold %d rows of %d", name, type_name, rows, dims[1])
    local t = { name = name, type = type, dims = dims, n = rows * dims[1], writer = writer, scale = fixed(scale), bytes = bytes }
    t.tile = synth_formats.tile(m, t)
    list[#list + 1] = t
  end
  local writers = {}
  function writers.rows(t) add(t.name, m.type, "rows", t.shape, 1) end
  function writers.norm(t)
    local layer, scale = t.name:match("^blk%.(%d+)%.ffn_norm%.weight$"), 1
    if layer then
      local square = start + (2 * layer + 1) * branch
      square = square + (CONSTANT * CONSTANT * start - square) * CONSTANT_SHARE
      scale = math.sqrt(square / start)
    end
    add(t.name, m.embedding and "f16" or "f32", m.embedding and "norm_f16" or "norm", t.shape, scale)
  end
  function writers.factor(t) add(t.name, "f32", "norm", t.shape, 1) end
  writers.divisors = writers.factor
  function writers.ternary(t)
    local name = t.name:match("^blk%.%d+%.(.*)%.weight$")
    local role = m.direction and (RESIDUAL[name] and "_residual" or name == "ffn_gate" and "_gate") or ""
    local scale = (RESIDUAL[name] and math.sqrt(branch) or 1) / math.sqrt(WEIGHT_SQUARE * t.shape[1])
    if m.weights == "i2_s" then return add(t.name, "i2_s", "ternary" .. role, t.shape, scale) end
    add(t.name, m.weights, "encoded", t.shape, synth_formats.halved(scale))
  end
  for _, t in ipairs(model.tensors(m.arch, params_of(m))) do
    if not t.optional or wanted(m, t) then writers[t.class](t) end
  end
  return list
end

-- ---- the program ----

local function byte_list(bytes)
  local lines = {}
  for i = 1, #bytes, 16 do
    lines[#lines + 1] = "    " .. table.concat({ bytes:byte(i, i + 15) }, ", ") .. ","
  end
  return table.concat(lines, "\n")
end

-- Bytes of all tensors with their padding.
local function data_bytes(tensors)
  local bytes = 0
  for _, t in ipairs(tensors) do bytes = bytes + round_up(t.bytes, ALIGNMENT) end
  return bytes
end

-- no_weights: the tensors' bytes become a hole in the file.
local function program(root, m, tensors, no_weights)
  local pieces = header.build(m, tensors)
  for i, piece in ipairs(pieces) do pieces[i] = byte_list(piece) end
  local env = setmetatable({ ipairs = ipairs, tensors = tensors, header = pieces, seed = ("0x%x"):format(m.seed),
    deviation = fixed(3 / math.sqrt(m.embd)), bytes = data_bytes(tensors), hole = no_weights and data_bytes(tensors) or false,
    row = row_types[m.type], row_type = synth_formats.type_of[m.type], drawn = synth_formats.most_drawn(m, tensors),
    encoder = synth_formats.encoder(root, m) }, { __index = m })
  local parts = {}
  for i, name in ipairs(synth_formats.templates(m)) do
    local path = "templates/" .. name .. ".c"
    parts[i] = expand(file.read(root .. "/" .. path), env, path)
  end
  return table.concat(parts)
end

-- Writes the GGUF. root: the folder that holds templates/ and models/. options: shape (the name of a known model), output (a
-- path); by name of the command's options also layers, embd, ff, heads, kv_heads, head_dim, vocab, ctx (integers), type (of
-- embedding and head, of gen/row_types.lua), head (tied, separate), arch, scales (true: one beside every matrix), rope (none,
-- linear, yarn, longrope, freqs: how positions are scaled), weights (a format of gen/formats.lua, of the ternary matrices),
-- uneven (true: their scales differ), pre (default: no key), tokenizer (gpt2, llama), density (share of gates above zero), seed,
-- cc. The same options give the same bytes. E_USAGE, E_OUT_CREATE, E_OUT_WRITE, E_TOOL.
function synth.run(root, options)
  if not options.output then usage("-o M.gguf is missing") end
  local m = describe(root, options)
  local written = host_tool.write(options.output, {
    name = "synth", text = program(root, m, tensor_list(m), options.no_weights), cc = options.cc,
    sources = { "-I" .. root .. "/runtime" },
    arguments = function(part) return { part } end,
  })
  if not written then fail("E_OUT_WRITE", "%s: not written in full; is the disk full?", options.output) end
end

-- The header of a known model as gguf.parse reads it, without a vocabulary, and the size its file would have.
function synth.header(root, name)
  local m = describe(root, { shape = name })
  local tensors = tensor_list(m)
  local text = header.bare(m, tensors)
  return text, round_up(#text, ALIGNMENT) + data_bytes(tensors)
end

return synth
