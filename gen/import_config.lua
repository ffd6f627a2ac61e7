-- import_config.lua: config.json of a Hugging Face checkpoint as the keys of a GGUF header.
-- Names and defaults: transformers' configuration classes; keys: llama.cpp. What would change the result and is not
-- imported is refused, never ignored; ranges are checked where the keys are read (gen/params.lua).

local fail = require("gen.fail")
local json = require("gen.json")
local write = require("gen.gguf_write")

local config = {}

local MAX_BYTES = 1 << 20

-- By the first of `architectures`. act: hidden_act; halves: rows of q and k are stored in halves that GGUF interleaves;
-- dense: most models of this class are not ternary; fixed: keys whose values the architecture has built in.
local BITNET_2B = { name = "bitnet-b1.58", act = "relu2" }
local LLAMA = { name = "llama", act = "silu", halves = true, dense = true }
local QWEN3 = { name = "qwen3", act = "silu", dense = true }
local CLASSES = {
  BitNetForCausalLM = BITNET_2B,
  BitnetForCausalLM = { name = "bitnet", act = "silu" },
  LlamaForCausalLM = LLAMA,
  MiniCPMForCausalLM = { name = "minicpm", act = "silu", halves = true, dense = true,
    fixed = { scale_emb = 12, scale_depth = 1.4, dim_model_base = 256 } },
  Qwen3ForCausalLM = QWEN3, Qwen3Model = QWEN3,
}
-- By model_type, where `architectures` is missing.
local TYPES = { bitnet = BITNET_2B, llama = LLAMA, minicpm = CLASSES.MiniCPMForCausalLM, qwen3 = QWEN3 }

-- Fields that must have this value, or be missing.
local REFUSED = { attention_bias = false, mlp_bias = false, use_sliding_window = false, partial_rotary_factor = 1 }

-- One JSON object of the file, with its name for messages.
local fields = {}
fields.__index = fields

function fields:fail(error_name, key, format, ...)
  fail(error_name, "%s%s " .. format, self.name, key, ...)
end

-- The value of a key, nil where it is missing or null; of another kind is an error. An integer is a float too.
function fields:optional(key, kind)
  local value = self.values[key]
  local found = json.kind(value)
  if found == "nothing" or found == "null" then return nil end
  if kind == "float" and found == "integer" then return value + 0.0 end
  if found ~= kind then self:fail("E_MODEL_KEY", key, "is of type %s, not %s", found, kind) end
  return value
end

function fields:required(key, kind)
  local value = self:optional(key, kind)
  if value == nil then self:fail("E_MODEL_KEY", key, "is missing") end
  return value
end

-- A count that a u32 holds.
function fields:count(key, default)
  local value = self:optional(key, "integer") or default or self:required(key, "integer")
  if value < 1 or value > 0x7fffffff then self:fail("E_MODEL_LIMIT", key, "is %d, not in 1..2^31 - 1", value) end
  return value
end

function fields:object(key)
  local value = self:optional(key, "object")
  return value and setmetatable({ values = value, name = self.name .. key .. "." }, fields)
end

local function find_class(self)
  local names = self:optional("architectures", "array")
  local name = names and names[1] or self:optional("model_type", "string")
  local class = names and CLASSES[name] or not names and TYPES[name]
  if not class then
    fail("E_MODEL_ARCH", "config.json: architecture %s is not supported", tostring(name or "(none)"):sub(1, 64))
  end
  return class
end

local function check_refused(self, class)
  for key, value in pairs(REFUSED) do
    local found = self.values[key]
    if found ~= nil and found ~= json.null and found ~= value then
      self:fail("E_MODEL_PARAM", key, "is %s, which is not supported", tostring(found))
    end
  end
  local act = self:optional("hidden_act", "string") or class.act
  if act ~= class.act then self:fail("E_MODEL_PARAM", "hidden_act", "is %s, not %s", act:sub(1, 64), class.act) end
  for key, value in pairs(class.fixed or {}) do
    local found = self:optional(key, "float") or value
    if found ~= value then self:fail("E_MODEL_PARAM", key, "is %g; only %g is supported", found, value) end
  end
end

-- How packed weights are scaled: "divide" or "multiply" by weight_scale; nil where nothing is said.
local function read_quantization(self)
  local q = self:object("quantization_config")
  if not q then return nil end
  local method = q:required("quant_method", "string")
  if method ~= "bitnet" then q:fail("E_MODEL_TYPE", "quant_method", "is %s; only bitnet is supported", method:sub(1, 64)) end
  if q:optional("use_rms_norm", "boolean") then q:fail("E_MODEL_PARAM", "use_rms_norm", "is not supported") end
  local linear = q:optional("linear_class", "string") or "bitlinear"
  local uses = ({ bitlinear = "divide", autobitlinear = "multiply" })[linear]
  return uses or q:fail("E_MODEL_PARAM", "linear_class", "is %s, not bitlinear or autobitlinear", linear:sub(1, 64))
end

-- The divisors of `key`, one per pair of a head, as tensor `name`.
local function divisors(scaling, key, name, pairs_per_head)
  local list = scaling:required(key, "array")
  if #list ~= pairs_per_head then scaling:fail("E_MODEL_PARAM", key, "has %d elements, not %d", #list, pairs_per_head) end
  for _, v in ipairs(list) do
    if not math.type(v) or not (v > 0 and v < math.huge) then scaling:fail("E_MODEL_PARAM", key, "holds %s", tostring(v)) end
  end
  return { name = name, values = list }
end

-- Appends the rope keys; returns the tensors that belong to them.
local function read_rope(self, add, head_dim)
  local scaling = self:object("rope_parameters") or self:object("rope_scaling")
  local base = self:optional("rope_theta", "float") or scaling and scaling:optional("rope_theta", "float") or 10000.0
  add("rope.freq_base", write.F32, base)
  local type = scaling and (scaling:optional("rope_type", "string") or scaling:optional("type", "string")) or "default"
  if type == "default" then return {} end
  if type ~= "linear" and type ~= "yarn" and type ~= "longrope" then
    scaling:fail("E_MODEL_PARAM", "rope_type", "is %s, which is not supported", type:sub(1, 64))
  end
  add("rope.scaling.type", write.STRING, type)
  if type == "linear" or type == "yarn" then add("rope.scaling.factor", write.F32, scaling:required("factor", "float")) end
  if type == "linear" then return {} end
  local original = scaling:count("original_max_position_embeddings")
  add("rope.scaling.original_context_length", write.U32, original)
  if type == "yarn" then return {} end
  local trained = self:count("max_position_embeddings")
  if trained ~= original then
    scaling:fail("E_MODEL_PARAM", "original_max_position_embeddings", "is %d, not %d: longrope is imported for one length",
      original, trained)
  end
  return { divisors(scaling, "long_factor", "rope_factors_long.weight", head_dim // 2),
    divisors(scaling, "short_factor", "rope_factors_short.weight", head_dim // 2) }
end

-- Reads DIR/config.json; name: general.name of the model. Returns
--   { kvs = the keys up to the tokenizer's, as of gguf_write.kv, class = { name, act, halves, dense }, n_vocab, head_dim,
--     tied (is there no head of its own? nil: not said), scale ("divide", "multiply" or nil),
--     constants = { { name, values }, ... }: tensors that come from here, values = the object, for the tokenizer }.
function config.read(folder, name)
  local self = setmetatable({ values = json.read_object(folder .. "/config.json", MAX_BYTES), name = "config.json: " }, fields)
  local class = find_class(self)
  check_refused(self, class)
  local embd, heads = self:count("hidden_size"), self:count("num_attention_heads")
  local head_dim = self:count("head_dim", math.max(1, embd // heads))
  local n_vocab = self:count("vocab_size")
  local kvs = { write.kv("general.architecture", write.STRING, class.name), write.kv("general.name", write.STRING, name) }
  local function add(key, type, value) kvs[#kvs + 1] = write.kv(class.name .. "." .. key, type, value) end
  add("vocab_size", write.U32, n_vocab)
  add("context_length", write.U32, self:count("max_position_embeddings"))
  add("embedding_length", write.U32, embd)
  add("block_count", write.U32, self:count("num_hidden_layers"))
  add("feed_forward_length", write.U32, self:count("intermediate_size"))
  add("rope.dimension_count", write.U32, head_dim)
  add("attention.head_count", write.U32, heads)
  add("attention.head_count_kv", write.U32, self:count("num_key_value_heads", heads))
  if heads * head_dim ~= embd then
    add("attention.key_length", write.U32, head_dim)
    add("attention.value_length", write.U32, head_dim)
  end
  add("attention.layer_norm_rms_epsilon", write.F32, self:required("rms_norm_eps", "float"))
  local constants = read_rope(self, add, head_dim)
  kvs[#kvs + 1] = write.kv("general.file_type", write.U32, 40)     -- mostly I2_S
  return { kvs = kvs, class = class, n_vocab = n_vocab, head_dim = head_dim, constants = constants, values = self.values,
    tied = self:optional("tie_word_embeddings", "boolean"), scale = read_quantization(self) }
end

return config
