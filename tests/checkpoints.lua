-- checkpoints.lua: makes small Hugging Face checkpoints for the tests, valid and not, independently of gen/.
-- Formats: huggingface/safetensors, transformers' BitNet packing, huggingface/tokenizers, sentencepiece_model.proto.

local shell = require("gen.shell")

local checkpoints = {}

-- ---- JSON: tables with [1] are arrays, { raw = text } stands as it is, keys are sorted ----

checkpoints.EMPTY = { raw = "{}" }

function checkpoints.json(v)
  if type(v) == "string" then return '"' .. v:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"' end
  if type(v) ~= "table" then return math.type(v) == "float" and ("%.17g"):format(v) or tostring(v) end
  if v.raw then return v.raw end
  local parts = {}
  for i, item in ipairs(v) do parts[i] = checkpoints.json(item) end
  if #v > 0 or next(v) == nil then return "[" .. table.concat(parts, ",") .. "]" end
  local keys = {}
  for key in pairs(v) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do parts[i] = checkpoints.json(key) .. ":" .. checkpoints.json(v[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- ---- numbers ----

local encode = {}

function encode.F32(v) return ("<f"):pack(v) end
function encode.BF16(v) return ("<f"):pack(v):sub(3) end     -- of values that bf16 holds exactly

-- Of values that f16 holds exactly, in its normal range.
function encode.F16(v)
  local bits = ("<I4"):unpack(("<f"):pack(v))
  if bits << 1 & 0xffffffff == 0 then return ("<I2"):pack(bits >> 16) end
  return ("<I2"):pack(bits >> 16 & 0x8000 | (bits >> 13 & 0x3ffff) - (112 << 10))
end

-- Weights -1, 0, 1 of a matrix, row by row; seed: the matrix's number. Models share such lists.
local made = {}
local function weights(rows, k, seed)
  local list, state = made[rows * k .. " " .. seed] or {}, seed * 7919 + 12345
  for i = #list + 1, rows * k do
    state = (state * 1103515245 + 12345) & 0x7fffffff
    list[i] = (state >> 16) % 3 - 1
  end
  made[rows * k .. " " .. seed] = list
  return list
end

-- Small values that every float type here holds.
local function smooth(n, seed, base)
  local list = {}
  for i = 1, n do list[i] = base + ((i * 37 + seed * 11) % 17 - 8) / 64 end
  return list
end

-- The bytes of a list of numbers, of which few are different.
function checkpoints.encoded(list, dtype)
  local parts, bytes = {}, {}
  for _, v in ipairs(list) do bytes[v] = bytes[v] or encode[dtype](v) end
  for i, v in ipairs(list) do parts[i] = bytes[v] end
  return table.concat(parts)
end

-- Four rows in a byte: row i + q * rows / 4 in bits 2q and 2q + 1 of row i.
local function packed(list, rows, k)
  local bytes, quarter = {}, rows // 4
  for i = 0, quarter - 1 do
    for c = 1, k do
      local byte = 0
      for q = 0, 3 do byte = byte | list[(i + q * quarter) * k + c] + 1 << 2 * q end
      bytes[#bytes + 1] = string.char(byte)
    end
  end
  return table.concat(bytes)
end

-- ---- models ----

-- By class: what differs. sub: names of the two sub-norms.
local CLASSES = {
  BitNetForCausalLM = { act = "relu2", sub = { "self_attn.attn_sub_norm", "mlp.ffn_sub_norm" }, tied = true },
  BitnetForCausalLM = { act = "silu", sub = { "self_attn.inner_attn_ln", "mlp.ffn_layernorm" }, tied = true },
  LlamaForCausalLM = { act = "silu", tied = false },
  MiniCPMForCausalLM = { act = "silu", tied = true, more = { scale_emb = 12, scale_depth = 1.4, dim_model_base = 256 } },
  Qwen3ForCausalLM = { act = "silu", tied = true, head_norms = true },
  Qwen3Model = { act = "silu", tied = true, head_norms = true, norm_in = true, bare = true },
}

-- ff is no multiple of 128: rows of ffn_down begin inside of I2_S's blocks.
local SIZE = { embd = 128, layers = 2, heads = 4, kv = 2, head_dim = 64, ff = 320, vocab = 272 }
checkpoints.SIZE = SIZE
local function config(class, o)
  local c = CLASSES[class]
  local values = {
    architectures = { class }, hidden_size = SIZE.embd, num_hidden_layers = SIZE.layers, num_attention_heads = SIZE.heads,
    num_key_value_heads = SIZE.kv, head_dim = SIZE.head_dim, intermediate_size = SIZE.ff, vocab_size = SIZE.vocab,
    max_position_embeddings = 64, rms_norm_eps = 1e-5, rope_theta = 500000.0, rope_scaling = { raw = "null" },
    hidden_act = c.act, tie_word_embeddings = c.tied, bos_token_id = 266, eos_token_id = { 267, 268 },
  }
  for key, value in pairs(c.more or {}) do values[key] = value end
  if o.form ~= "unpacked" then
    values.quantization_config = { quant_method = "bitnet", linear_class = o.linear or "autobitlinear",
      quantization_mode = o.form == "packed" and "offline" or "online" }
  end
  return values
end

-- What of a ternary matrix is in the checkpoint: packed with its scale; "unpacked", weight * scale; or a "master": values whose
-- mean magnitude is the scale, the weights +-1 beyond half of it.
local function add_matrix(model, name, rows, k, o)
  local seed = model:next_seed()
  local list, scale = weights(rows, k, seed), 2.0 ^ -(seed % 3) * 1.25
  model.matrices[name] = { weights = list, rows = rows, k = k, scale = scale }
  if o.form == "packed" then
    model:add(name .. ".weight", "U8", { rows // 4, k }, packed(list, rows, k))
    model:add(name .. ".weight_scale", o.dtype, { 1 }, encode[o.dtype](o.linear == "autobitlinear" and scale or 1 / scale))
    if o.linear ~= "autobitlinear" then      -- the inverse of 1.25 * 2^-n is 0.8 * 2^n: no float
      model.matrices[name].scale = ("<f"):unpack(("<f"):pack(1 / ("<f"):unpack(("<f"):pack(1 / scale))))
    end
    return
  end
  local values = {}
  for i, w in ipairs(list) do
    values[i] = o.form == "unpacked" and w * scale or (w == 0 and (i % 2 - 0.5) / 4 or w * (1 + i % 3 / 4)) * scale
  end
  if o.form == "master" then
    local sum = 0
    for _, v in ipairs(values) do sum = sum + math.abs(v) end
    local s = ("<f"):unpack(("<f"):pack(1 / ("<f"):unpack(("<f"):pack(sum / #values))))
    model.matrices[name].scale = ("<f"):unpack(("<f"):pack(1 / s))
  end
  model:add(name .. ".weight", o.dtype, { rows, k }, checkpoints.encoded(values, o.dtype))
end

local Model = {}
Model.__index = Model

function Model:next_seed()
  self.seed = self.seed + 1
  return self.seed
end

function Model:add(name, dtype, shape, data)
  self.tensors[#self.tensors + 1] = { name = name, dtype = dtype, shape = shape, data = data }
end

function Model:tensor(name)
  for i, t in ipairs(self.tensors) do
    if t.name == name then return t, i end
  end
end

local function add_layer(model, prefix, class, o)
  local s, c = SIZE, CLASSES[class]
  local q, kv = s.heads * s.head_dim, s.kv * s.head_dim
  local function norm(name, n)
    local list = smooth(n, model:next_seed(), 1)
    model.norms[prefix .. name] = list
    model:add(prefix .. name .. ".weight", o.dtype, { n }, checkpoints.encoded(list, o.dtype))
  end
  for _, row in ipairs {
    { "self_attn.q_proj", q, s.embd }, { "self_attn.k_proj", kv, s.embd }, { "self_attn.v_proj", kv, s.embd },
    { "self_attn.o_proj", s.embd, q }, { "mlp.gate_proj", s.ff, s.embd }, { "mlp.up_proj", s.ff, s.embd },
    { "mlp.down_proj", s.embd, s.ff },
  } do
    add_matrix(model, prefix .. row[1], row[2], row[3], o)
    if c.norm_in then norm(row[1] .. ".norm", row[3]) end
  end
  norm("input_layernorm", s.embd)
  norm("post_attention_layernorm", s.embd)
  if c.sub then
    norm(c.sub[1], q)
    norm(c.sub[2], s.ff)
  end
  if c.head_norms then
    norm("self_attn.q_norm", s.head_dim)
    norm("self_attn.k_norm", s.head_dim)
  end
end

-- A checkpoint as a table: config, tokenizer, tokenizer_config (objects for checkpoints.json), tensors = { { name, dtype, shape,
-- data }, ... }; and what is in it: matrices = { [name] = { weights, rows, k, scale } }, norms = { [name] = values }.
-- o: form (packed, unpacked, master), dtype of all floats (F32, F16, BF16), linear (bitlinear, autobitlinear).
function checkpoints.model(class, o)
  local s, c = SIZE, CLASSES[class]
  local model = setmetatable({ seed = 0, tensors = {}, matrices = {}, norms = {}, config = config(class, o), files = {} }, Model)
  local root = c.bare and "" or "model."
  for i = 0, s.layers - 1 do add_layer(model, ("%slayers.%d."):format(root, i), class, o) end
  model.embedding, model.norms[root .. "norm"] = smooth(s.vocab * s.embd, 5, 0), smooth(s.embd, 3, 1)
  model:add(root .. "embed_tokens.weight", o.dtype, { s.vocab, s.embd }, checkpoints.encoded(model.embedding, o.dtype))
  model:add(root .. "norm.weight", o.dtype, { s.embd }, checkpoints.encoded(model.norms[root .. "norm"], o.dtype))
  if not c.tied then model:add("lm_head.weight", o.dtype, { s.vocab, s.embd }, checkpoints.encoded(model.embedding, o.dtype)) end
  model.files["tokenizer.json"] = checkpoints.bpe()
  model.files["tokenizer_config.json"] = { bos_token = "<|bos|>", eos_token = { content = "<|eos|>" }, chat_template = "{{ x }}" }
  return model
end

-- ---- tokenizers ----

local L3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
  .. "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

-- The 256 bytes, ten merges, "<|bos|>" 266, "<|eos|>" 267, a user-defined token 268; 3 ids stay without a token.
function checkpoints.bpe()
  local vocab, n = {}, 0
  local function add(text) vocab[text], n = n, n + 1 end
  local other = 256
  for b = 0, 255 do
    local printable = b >= 33 and b <= 126 or b >= 161 and b <= 172 or b >= 174
    add(utf8.char(printable and b or other))
    if not printable then other = other + 1 end
  end
  local merges = { "t h", "th e", "i n", "a n", "an d", "e r", "o u", "r e", "Ġ t", "Ġt h" }
  for _, merge in ipairs(merges) do add((merge:gsub(" ", ""))) end
  return {
    added_tokens = { { id = 266, content = "<|bos|>", special = true }, { id = 267, content = "<|eos|>", special = true },
      { id = 268, content = "<mine>", special = false } },
    normalizer = { raw = "null" },
    pre_tokenizer = { type = "Sequence", pretokenizers = {
      { type = "Split", pattern = { Regex = L3 }, behavior = "Isolated", invert = false },
      { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = false } } },
    post_processor = { type = "TemplateProcessing", single = { { SpecialToken = { id = "<|bos|>", type_id = 0 } },
      { Sequence = { id = "A", type_id = 0 } } } },
    decoder = { type = "ByteLevel" },
    model = { type = "BPE", ignore_merges = true, vocab = vocab, merges = merges },
  }
end

local function varint(n)
  local out = ""
  while n > 127 do out, n = out .. string.char(n & 127 | 128), n >> 7 end
  return out .. string.char(n)
end

function checkpoints.bytes_field(number, text) return varint(number << 3 | 2) .. varint(#text) .. text end
function checkpoints.number_field(number, n) return varint(number << 3) .. varint(n) end

-- A SentencePiece vocabulary of 3 control pieces, 256 bytes and some words; 266 pieces. o: model_type, add_dummy_prefix.
function checkpoints.spm(o)
  local pieces = {}
  local function add(text, score, type)
    local body = checkpoints.bytes_field(1, text) .. varint(2 << 3 | 5) .. ("<f"):pack(score)
    if type ~= 1 then body = body .. checkpoints.number_field(3, type) end
    pieces[#pieces + 1] = checkpoints.bytes_field(1, body)
  end
  add("<unk>", 0, 2)
  add("<s>", 0, 3)
  add("</s>", 0, 3)
  for b = 0, 255 do add(("<0x%02X>"):format(b), 0, 6) end
  for i, word in ipairs { "▁", "t", "h", "e", "th", "the", "▁the" } do add(word, -i, 1) end
  local trainer = checkpoints.number_field(3, o.model_type) .. checkpoints.bytes_field(99, "unknown to us")
  return table.concat(pieces) .. checkpoints.bytes_field(2, trainer)
    .. checkpoints.bytes_field(3, checkpoints.number_field(3, o.add_dummy_prefix and 1 or 0))
end

-- ---- folders ----

function checkpoints.write_file(path, text)
  local f = assert(io.open(path, "wb"))
  f:write(text)
  assert(f:close())
end

-- One safetensors file of tensors; change: function(header text, data) -> both, to break it.
function checkpoints.safetensors(tensors, change)
  local header, data, at = {}, {}, 0
  for i, t in ipairs(tensors) do
    header[t.name] = { dtype = t.dtype, shape = #t.shape > 0 and t.shape or { raw = "[]" },
      data_offsets = t.offsets or { at, at + #t.data } }
    data[i], at = t.data, at + #t.data
  end
  local text, bytes = checkpoints.json(next(header) and header or checkpoints.EMPTY), table.concat(data)
  if change then text, bytes = change(text, bytes) end
  return ("<I8"):pack(#text) .. text .. bytes
end

-- Writes the checkpoint into a new folder. shards: how many files (1: no index); the tensors are dealt out in turn.
function checkpoints.write(folder, model, shards)
  os.execute("mkdir -p " .. shell.quote(folder))
  local function put(name, text) checkpoints.write_file(folder .. "/" .. name, text) end
  put("config.json", checkpoints.json(model.config))
  for name, value in pairs(model.files) do put(name, type(value) == "string" and value or checkpoints.json(value)) end
  if (shards or 1) == 1 then return put("model.safetensors", checkpoints.safetensors(model.tensors, model.change)) end
  local map = {}
  for i = 1, shards do
    local name, list = ("model-%05d-of-%05d.safetensors"):format(i, shards), {}
    for j = i, #model.tensors, shards do
      list[#list + 1] = model.tensors[j]
      map[model.tensors[j].name] = name
    end
    put(name, checkpoints.safetensors(list))
  end
  put("model.safetensors.index.json", checkpoints.json({ metadata = checkpoints.EMPTY, weight_map = map }))
end

return checkpoints
