-- params.lua: the numeric parameters of a model, from the keys of its GGUF header, checked.
-- Keys: ggml docs/gguf.md and llama.cpp. What would change the result and is not built is refused, never ignored.

local fail = require("gen.fail")

local params = {}

local MAX_LAYERS, MAX_WIDTH, MAX_CTX = 512, 65536, 1 << 20
-- A ternary dot product of int8 activations over K inputs stays below 2^24, so its conversion to f32 is exact.
assert(127 * MAX_WIDTH < 1 << 24)

-- Keys that would change the result, with the values at which they say nothing.
local NEUTRAL = {
  { "rope.scaling.attn_factor", 1 },   { "attention.causal", true },
  { "attention.sliding_window", 0 },   { "attention.scale", 0 },
  { "logit_scale", 0, 1 },             { "residual_scale", 0, 1 },
  { "embedding_scale", 0, 1 },         { "final_logit_softcapping", 0 },
  { "expert_count", 0 },
}

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

-- Scaled positions are not supported; a factor of 0 or 1 scales nothing, nor does any under the type "none".
function keys:rope_scaling()
  local type = self:optional("rope.scaling.type", "string")
  local key = self:entry("rope.scaling.factor") and "rope.scaling.factor" or "rope.scale_linear"
  local factor = self:optional(key, "f32")
  if type and type.value == "none" then return end
  if type and type.value ~= "linear" and type.value ~= "yarn" then
    self:fail("E_MODEL_PARAM", "rope.scaling.type", "%s is not supported", type.value:sub(1, 64))
  end
  if factor and factor.value ~= 0 and factor.value ~= 1 then
    self:fail("E_MODEL_PARAM", key, "%g is not supported", factor.value)
  end
end

function keys:neutral()
  for _, row in ipairs(NEUTRAL) do
    local entry = self:entry(row[1])
    if entry and entry.value ~= row[2] and entry.value ~= row[3] then
      self:fail("E_MODEL_PARAM", row[1], "says something that is not supported")
    end
  end
end

-- The parameters of architecture `arch` in a header of gguf.read: { n_layer, n_ctx_train, n_embd, n_ff, n_head,
-- n_head_kv, head_dim, eps_bits, rope_base_bits (patterns of f32), vocab_size (nil where the file does not say) }.
function params.read(header, arch)
  local self = setmetatable({ kv = header.kv, name = header.name, arch = arch }, keys)
  local p = {
    n_layer = self:size("block_count", MAX_LAYERS),
    n_ctx_train = self:size("context_length", MAX_CTX),
    n_embd = self:size("embedding_length", MAX_WIDTH),
  }
  p.n_ff = self:limit("feed_forward_length", self:per_layer("feed_forward_length", p.n_layer), MAX_WIDTH)
  self:heads(p)
  local eps = "attention.layer_norm_rms_epsilon"
  p.eps_bits = self:positive(eps, self:required(eps, "f32"))
  local base = self:optional("rope.freq_base", "f32") or { value = 10000.0, bits = 0x461c4000 }
  p.rope_base_bits = self:positive("rope.freq_base", base)
  self:rope_scaling()
  self:neutral()
  local vocab_size = self:optional("vocab_size", "u32")
  p.vocab_size = vocab_size and vocab_size.value
  return p
end

return params
