-- params.lua: the numeric parameters of a model, from the keys of its GGUF header, checked.
-- Keys: ggml docs/gguf.md and llama.cpp. What would change the result and is not built is refused, never ignored.

local fail = require("gen.fail")
local rope = require("gen.rope")

local params = {}

local MAX_LAYERS, MAX_WIDTH, MAX_CTX = 512, 65536, 1 << 20
-- A ternary dot product of int8 activations over K inputs stays below 2^24, so its conversion to f32 is exact.
assert(127 * MAX_WIDTH < 1 << 24)

-- Keys that would change the result, with the values at which they say nothing.
local NEUTRAL = {
  { "rope.scaling.yarn_attn_factor", 1 },       { "rope.scaling.yarn_ext_factor", 1, -1 },
  { "rope.scaling.yarn_beta_fast", 32 },        { "rope.scaling.yarn_beta_slow", 1 },
  { "rope.scaling.yarn_log_multiplier", 0 },    { "attention.causal", true },
  { "attention.sliding_window", 0 },            { "attention.scale", 0 },
  { "attn_logit_softcapping", 0 },              { "final_logit_softcapping", 0 },
  { "logit_scale", 0, 1 },                      { "residual_scale", 0, 1 },
  { "embedding_scale", 0, 1 },                  { "expert_count", 0 },
}

-- What files call the activation of the gate.
local ACTIVATIONS = { silu = "silu", relu2 = "relu2", relu_sqr = "relu2", gelu = "gelu", gelu_pytorch_tanh = "gelu" }
local POOLING = { "mean", [3] = "last" }

-- The keys of one architecture, without its name in front.
local keys = {}
keys.__index = keys

function keys:fail(error_name, key, format, ...)
  fail(error_name, "%s: %s.%s " .. format, self.name, self.arch, key, ...)
end

function keys:entry(key) return self.kv[self.arch .. "." .. key] end

-- The entry of an optional key, which must have this type.
function keys:optional(key, type)
  local entry = self:entry(key)
  if entry and entry.type ~= type then self:fail("E_MODEL_KEY", key, "is of type %s, not %s", entry.type, type) end
  return entry
end

function keys:required(key, type)
  return self:optional(key, type) or self:fail("E_MODEL_KEY", key, "is missing")
end

-- The value of a required u32 in 1..max.
function keys:size(key, max)
  return self:limit(key, self:required(key, "u32").value, max)
end

function keys:limit(key, value, max)
  if value < 1 or value > max then self:fail("E_MODEL_LIMIT", key, "is %d, not in 1..%d", value, max) end
  return value
end

-- A u32, or an array with one number for each layer, all equal. A missing key gives `default`, or an error without one.
function keys:per_layer(key, n_layer, default)
  local entry = self:entry(key)
  if not entry and default then return default end
  if not entry or entry.type ~= "array" then return self:required(key, "u32").value end
  local values = entry.value
  if entry.elem ~= "u32" and entry.elem ~= "i32" then
    self:fail("E_MODEL_KEY", key, "is an array of %s, not of u32 or i32", entry.elem)
  end
  if #values ~= n_layer then self:fail("E_MODEL_PARAM", key, "has %d elements for %d layers", #values, n_layer) end
  for i, value in ipairs(values) do
    if value ~= values[1] then
      self:fail("E_MODEL_PARAM", key, "is %d in layer 0 and %d in layer %d", values[1], value, i - 1)
    end
  end
  return values[1]
end

-- The bit pattern of an f32 that must be finite and positive.
function keys:positive(key, entry)
  if not (entry.value > 0 and entry.value < math.huge) then
    self:fail("E_MODEL_PARAM", key, "is %g, not a finite positive number", entry.value)
  end
  return entry.bits
end

function keys:shape(key, holds, format, ...)
  if not holds then self:fail("E_MODEL_SHAPE", key, format, ...) end
end

-- Head counts and the head size of p.
function keys:heads(p)
  local length = self:optional("attention.key_length", "u32")
  p.n_head = self:per_layer("attention.head_count", p.n_layer)
  self:shape("attention.head_count", p.n_head > 0, "is %d", p.n_head)
  self:shape("attention.head_count", length or p.n_embd % p.n_head == 0,
    "is %d, no divisor of the %d of embedding_length, and there is no key_length", p.n_head, p.n_embd)
  p.n_head_kv = self:per_layer("attention.head_count_kv", p.n_layer, p.n_head)
  self:shape("attention.head_count_kv", p.n_head_kv > 0 and p.n_head % p.n_head_kv == 0,
    "is %d for %d heads", p.n_head_kv, p.n_head)
  p.head_dim = length and length.value or p.n_embd // p.n_head
  self:shape("attention.key_length", p.head_dim > 0 and p.head_dim % 2 == 0,
    "is %d; rope needs an even head size", p.head_dim)
  self:limit("attention.head_count", p.n_head, MAX_WIDTH // p.head_dim)
  for _, key in ipairs { "attention.value_length", "rope.dimension_count" } do
    local entry = self:optional(key, "u32")
    if entry and entry.value ~= p.head_dim then
      self:fail("E_MODEL_PARAM", key, "is %d; only the head size, %d, is supported", entry.value, p.head_dim)
    end
  end
end

-- The value of an optional f32 that scales something: any finite number but 0.
function keys:scale(key, default)
  local entry = self:optional(key, "f32")
  if not entry then return default end
  if entry.value ~= entry.value or math.abs(entry.value) == math.huge or entry.value == 0 then
    self:fail("E_MODEL_PARAM", key, "is %g, not a finite number other than 0", entry.value)
  end
  return entry.value
end

function keys:activation(default)
  local entry = self:optional("hidden_activation", "string")
  if not entry then return default end
  return ACTIVATIONS[entry.value]
    or self:fail("E_MODEL_PARAM", "hidden_activation", "%s is not supported", entry.value:sub(1, 64))
end

-- Where the header asks for embeddings: "last" or "mean", else nil.
function keys:pooling()
  local entry = self:optional("pooling_type", "u32")
  if not entry or entry.value == 0 then return nil end
  return POOLING[entry.value]
    or self:fail("E_MODEL_PARAM", "pooling_type", "is %d; only 3, the last token, is supported", entry.value)
end

function keys:neutral(own_keys)
  for _, row in ipairs(NEUTRAL) do
    local entry = not own_keys[row[1]] and self:entry(row[1])
    if entry and entry.value ~= row[2] and entry.value ~= row[3] then
      self:fail("E_MODEL_PARAM", row[1], "says something that is not supported")
    end
  end
end

-- The parameters of architecture `arch` (a table of gen/arch/), called so in a header of gguf.read: { n_layer, n_ctx_train,
-- n_embd, n_ff, n_head, n_head_kv, head_dim, eps_bits, rope_base_bits (patterns of f32), rope_scaling (gen/rope.lua),
-- rope_pairs, activation, pooling (nil: none), vocab_size (nil where the file does not say) } and what the architecture adds.
function params.read(header, arch, arch_name)
  local self = setmetatable({ kv = header.kv, name = header.name, arch = arch_name }, keys)
  local p = {
    n_layer = self:size("block_count", MAX_LAYERS),
    n_ctx_train = self:size("context_length", MAX_CTX),
    n_embd = self:size("embedding_length", MAX_WIDTH),
  }
  p.n_ff = self:limit("feed_forward_length", self:per_layer("feed_forward_length", p.n_layer), MAX_WIDTH)
  self:heads(p)
  local eps = "attention.layer_norm_rms_epsilon"
  p.eps_bits = self:positive(eps, self:required(eps, "f32"))
  rope.read(p, self)
  p.rope_pairs, p.activation, p.pooling = arch.rope_pairs, self:activation(arch.activation), self:pooling()
  self:neutral(arch.own_keys or {})
  if arch.params then arch.params(p, self) end
  local vocab_size = self:optional("vocab_size", "u32")
  p.vocab_size = vocab_size and vocab_size.value
  return p
end

return params
