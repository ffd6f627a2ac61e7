-- gguf_cases.lua: writes GGUF files byte by byte for the tests, valid and not, independently of gen/.
-- Format: ggml docs/gguf.md. cases.toy makes a small valid bitnet-b1.58 model; change the table, then cases.encode it.

local cases = {}

local TYPE_IDS = {
  u8 = 0, i8 = 1, u16 = 2, i16 = 3, u32 = 4, i32 = 5, f32 = 6, bool = 7, string = 8, array = 9,
  u64 = 10, i64 = 11, f64 = 12,
}
local FORMATS = {
  u8 = "<B", i8 = "<b", u16 = "<I2", i16 = "<i2", u32 = "<I4", i32 = "<i4", f32 = "<f",
  u64 = "<I8", i64 = "<i8", f64 = "<d",
}

function cases.u32(v) return ("<I4"):pack(v) end
function cases.u64(v) return ("<i8"):pack(v) end   -- 2^63 and more as negative numbers
function cases.str(s) return ("<s8"):pack(s) end

local function kv(key, type, value, elem) return { key = key, type = type, value = value, elem = elem } end

-- A file as a table: kv = { { key, type, value, elem } or { raw = bytes } ... },
-- tensors = { { name, dims, type (id), data, offset } or { raw = bytes } ... }; all else has defaults (see encode).

-- The kv row of a key and its index.
function cases.find(spec, key)
  for i, row in ipairs(spec.kv) do
    if row.key == key then return row, i end
  end
end

-- Appends a key.
function cases.put(spec, key, type, value, elem)
  spec.kv[#spec.kv + 1] = kv(key, type, value, elem)
end

-- Sets a key, or appends it; returns spec.
function cases.set(spec, key, type, value, elem)
  local _, i = cases.find(spec, key)
  spec.kv[i or #spec.kv + 1] = kv(key, type, value, elem)
  return spec
end

function cases.drop(spec, key)
  local _, i = cases.find(spec, key)
  table.remove(spec.kv, i)
  return spec
end

-- The tensor row of a name and its index.
function cases.tensor(spec, name)
  for i, row in ipairs(spec.tensors) do
    if row.name == name then return row, i end
  end
end

-- Collects bytes, and { offset, width } of every u32 and u64 of the container.
local Writer = {}
Writer.__index = Writer

function Writer:bytes(s)
  self.parts[#self.parts + 1] = s
  self.size = self.size + #s
end

function Writer:u32(v)
  self.fields[#self.fields + 1] = { offset = self.size, width = 4 }
  self:bytes(cases.u32(v))
end

function Writer:u64(v)
  self.fields[#self.fields + 1] = { offset = self.size, width = 8 }
  self:bytes(cases.u64(v))
end

function Writer:str(s)
  self:u64(#s)
  self:bytes(s)
end

function Writer:value(type, value)
  if type == "string" then self:str(value)
  elseif type == "bool" then self:bytes(value == true and "\1" or value == false and "\0" or string.char(value))
  elseif type == "u32" then self:u32(value)
  else self:bytes(FORMATS[type]:pack(value)) end
end

function Writer:kv(row)
  if row.raw then return self:bytes(row.raw) end
  self:str(row.key)
  self:u32(TYPE_IDS[row.type])
  if row.type ~= "array" then return self:value(row.type, row.value) end
  self:u32(TYPE_IDS[row.elem])
  self:u64(#row.value)
  for _, value in ipairs(row.value) do self:value(row.elem, value) end
end

function Writer:tensor(row, offset)
  if row.raw then return self:bytes(row.raw) end
  self:str(row.name)
  self:u32(#row.dims)
  for _, n in ipairs(row.dims) do self:u64(n) end
  self:u32(row.type)
  self:u64(row.offset or offset)
end

function Writer:pad(alignment) self:bytes(("\0"):rep(-self.size % alignment)) end

-- spec as bytes, the fields of its header, and the header's length. Data follow in order, each at the next multiple of
-- `alignment` (32); `last_padded` false ends the file with the last byte of the last tensor; `tail` is appended.
function cases.encode(spec)
  local w = setmetatable({ parts = {}, size = 0, fields = {} }, Writer)
  local alignment = spec.alignment or 32
  w:bytes(spec.magic or "GGUF")
  w:u32(spec.version or 3)
  w:u64(spec.n_tensors or #spec.tensors)
  w:u64(spec.n_kv or #spec.kv)
  for _, row in ipairs(spec.kv) do w:kv(row) end
  local offset = 0
  for _, row in ipairs(spec.tensors) do
    w:tensor(row, offset)
    offset = (offset + #(row.data or "") + alignment - 1) // alignment * alignment
  end
  local header_bytes = w.size
  w:pad(alignment)
  for i, row in ipairs(spec.tensors) do
    w:bytes(row.data or "")
    if i < #spec.tensors or spec.last_padded ~= false then w:pad(alignment) end
  end
  w:bytes(spec.tail or "")
  return table.concat(w.parts), w.fields, header_bytes
end

-- Numbers 0 .. n-1, the same in every run.
local function generator(seed)
  local state = seed * 2 + 1
  return function(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n
  end
end

local function many(count, f)
  local parts = {}
  for i = 1, count do parts[i] = f() end
  return table.concat(parts)
end

-- An f16 or bf16 of absolute value in [2^-3, 1).
local function random_f16(random) return ("<I2"):pack(random(2) << 15 | (12 + random(3)) << 10 | random(1024)) end
local function random_bf16(random) return ("<I2"):pack(random(2) << 15 | (124 + random(3)) << 7 | random(128)) end

-- Data of n elements by type.
local DATA = {
  f32 = function(n, random) return many(n, function() return ("<f"):pack((random(512) - 255.5) / 256) end) end,
  f16 = function(n, random) return many(n, function() return random_f16(random) end) end,
  bf16 = function(n, random) return many(n, function() return random_bf16(random) end) end,
  i2_s = function(n, random)
    local function four() return string.char(random(3) << 6 | random(3) << 4 | random(3) << 2 | random(3)) end
    return many(n // 4, four) .. ("<f"):pack((random(64) + 1) / 64) .. ("\0"):rep(28)
  end,
}
for type, data in pairs(require("tests.block_cases")) do DATA[type] = data end

-- Norm weights are positive; in f16 from 0.5 to 1.
local NORM = {
  f32 = function(n, random) return many(n, function() return ("<f"):pack(0.5 + random(256) / 256) end) end,
  f16 = function(n, random) return many(n, function() return ("<I2"):pack(14 << 10 | random(1024)) end) end,
}
for type, data in pairs(DATA) do NORM[type] = NORM[type] or data end
local TENSOR_IDS = { f32 = 0, f16 = 1, q4_0 = 2, q8_0 = 8, q4_k = 12, q6_k = 14, bf16 = 30, i2_s = 36, q2_0 = 42, ptq1_0 = 143 }

local function elements(dims)
  local n = 1
  for _, dim in ipairs(dims) do n = n * dim end
  return n
end

-- The 256 byte tokens of GPT-2's alphabet, by code point.
function cases.byte_tokens()
  local tokens = {}
  for i = 0, 255 do tokens[i + 1] = utf8.char(i < 94 and 33 + i or i < 106 and 67 + i or 68 + i) end
  return tokens
end

-- What an architecture has beside the tensors of all: norms before attn_output and ffn_down, of heads, behind the branches.
cases.ARCHS = {
  ["bitnet-b1.58"] = { sub_norms = true }, ["bitnet-25"] = { sub_norms = true }, bitnet = { sub_norms = true },
  llama = {}, minicpm = {}, qwen3 = { head_norms = true }, gemma3 = { head_norms = true, post_norms = true },
}

local TOY = {
  arch = "bitnet-b1.58", n_layer = 1, n_embd = 32, n_head = 2, n_head_kv = 1, n_ff = 64, n_ctx = 64,
  norm_inputs = false, scales = false,   -- a *_norm_in norm, a .scale beside every matrix
  head_dim = false,   -- a number writes key_length and value_length
  rows = "f16", norm = "f32", output = false,   -- types of token_embd and output, of the norms; output: is there one
  tokens = cases.byte_tokens(), merges = {}, token_type = false, pre = "llama-bpe", seed = 1,
}

local function toy_kv(o)
  local a = o.arch .. "."
  local rows = {
    kv("general.architecture", "string", o.arch),
    kv(a .. "vocab_size", "u32", #o.tokens),
    kv(a .. "context_length", "u32", o.n_ctx),
    kv(a .. "embedding_length", "u32", o.n_embd),
    kv(a .. "block_count", "u32", o.n_layer),
    kv(a .. "feed_forward_length", "u32", o.n_ff),
    kv(a .. "rope.dimension_count", "u32", o.head_dim or o.n_embd // o.n_head),
    kv(a .. "attention.head_count", "u32", o.n_head),
    kv(a .. "attention.head_count_kv", "u32", o.n_head_kv),
    kv(a .. "attention.layer_norm_rms_epsilon", "f32", 1e-5),
    kv(a .. "rope.freq_base", "f32", 10000.0),
    kv("tokenizer.ggml.model", "string", "gpt2"),
    kv("tokenizer.ggml.pre", "string", o.pre),
    kv("tokenizer.ggml.tokens", "array", o.tokens, "string"),
    kv("tokenizer.ggml.merges", "array", o.merges, "string"),
    kv("tokenizer.ggml.bos_token_id", "u32", 0),
    kv("tokenizer.ggml.eos_token_id", "u32", 0),
    kv("tokenizer.ggml.add_bos_token", "bool", false),
  }
  if o.token_type then rows[#rows + 1] = kv("tokenizer.ggml.token_type", "array", o.token_type, "i32") end
  if o.head_dim then
    rows[#rows + 1] = kv(a .. "attention.key_length", "u32", o.head_dim)
    rows[#rows + 1] = kv(a .. "attention.value_length", "u32", o.head_dim)
  end
  return rows
end

local function toy_tensors(o)
  local random, rows, has = generator(o.seed), {}, cases.ARCHS[o.arch] or {}
  local function add(name, type, data, ...)
    local dims = { ... }
    rows[#rows + 1] = { name = name, dims = dims, type = TENSOR_IDS[type], data = data[type](elements(dims), random) }
  end
  local function norm(name, n) add(name .. ".weight", o.norm, NORM, n) end
  local function matrix(name, k, n)
    add(name .. ".weight", "i2_s", DATA, k, n)
    if o.norm_inputs then norm(name .. "_norm_in", k) end
    if o.scales then add(name .. ".scale", "f32", NORM, 1) end
  end
  local head = o.head_dim or o.n_embd // o.n_head
  local n_q, n_kv = o.n_head * head, o.n_head_kv * head
  add("token_embd.weight", o.rows, DATA, o.n_embd, #o.tokens)
  for i = 0, o.n_layer - 1 do
    local blk = "blk." .. i .. "."
    norm(blk .. "attn_norm", o.n_embd)
    if has.sub_norms then norm(blk .. "attn_sub_norm", n_q) end
    norm(blk .. "ffn_norm", o.n_embd)
    if has.sub_norms then norm(blk .. "ffn_sub_norm", o.n_ff) end
    for _, name in ipairs(has.head_norms and { "attn_q_norm", "attn_k_norm" } or {}) do norm(blk .. name, head) end
    for _, name in ipairs(has.post_norms and { "post_attention_norm", "post_ffw_norm" } or {}) do norm(blk .. name, o.n_embd) end
    matrix(blk .. "attn_q", o.n_embd, n_q)
    matrix(blk .. "attn_k", o.n_embd, n_kv)
    matrix(blk .. "attn_v", o.n_embd, n_kv)
    matrix(blk .. "attn_output", n_q, o.n_embd)
    matrix(blk .. "ffn_gate", o.n_embd, o.n_ff)
    matrix(blk .. "ffn_up", o.n_embd, o.n_ff)
    matrix(blk .. "ffn_down", o.n_ff, o.n_embd)
  end
  if o.output then add("output.weight", o.rows, DATA, o.n_embd, #o.tokens) end
  norm("output_norm", o.n_embd)
  return rows
end

-- A valid model as a table for encode, with random weights; options override TOY.
function cases.toy(options)
  local o = setmetatable(options or {}, { __index = TOY })
  return { kv = toy_kv(o), tensors = toy_tensors(o) }
end

-- The options of the smallest toy.
cases.SMALLEST = { n_embd = 4, n_head = 16, n_head_kv = 16, head_dim = 2, n_ff = 32 }

-- pairs in the order of the keys.
function cases.sorted(map)
  local names = {}
  for key in pairs(map) do names[#names + 1] = key end
  table.sort(names)
  local i = 0
  return function()
    i = i + 1
    return names[i], map[names[i]]
  end
end

-- A new folder, { path }, removed with its content when closed.
function cases.folder()
  local pipe <close> = assert(io.popen("mktemp -d", "r"))
  local path = assert(pipe:read("l"), "mktemp failed")
  return setmetatable({ path = path }, { __close = function() os.execute("rm -rf '" .. path .. "'") end })
end

function cases.write(path, text)
  local f <close> = assert(io.open(path, "wb"))
  assert(f:write(text) and f:flush())
end

return cases
