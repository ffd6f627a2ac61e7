-- rope.lua: how positions become angles: the rope.* keys of a header, checked, for the table that pack makes.
-- Contract: docs/NUMERICS.md 2.4. Keys and defaults: llama.cpp.

local rope = {}

local ONE = { value = 1.0, bits = 0x3f800000 }
local TYPES = { none = true, linear = true, yarn = true, longrope = true }

-- The factor by which positions are stretched; 0 or 1 stretches nothing, nor does any under the type "none".
local function read_factor(keys, type)
  local key = keys:entry("rope.scaling.factor") and "rope.scaling.factor" or "rope.scale_linear"
  local factor = keys:optional(key, "f32")
  if not factor or factor.value == 0 or type == "none" then return ONE end
  if not (factor.value >= 1 and factor.value < math.huge) then
    keys:fail("E_MODEL_PARAM", key, "is %g, not a finite number from 1 on", factor.value)
  end
  return factor
end

-- Sets p.rope_base_bits and p.rope_scaling: { type, factor_bits, attn_bits (patterns of f32), original (context length) }.
-- keys: of gen/params.lua. A base below 1 would turn faster from pair to pair, beyond what sin and cos are defined for.
function rope.read(p, keys)
  local base = keys:optional("rope.freq_base", "f32") or { value = 10000.0, bits = 0x461c4000 }
  p.rope_base_bits = keys:positive("rope.freq_base", base)
  local type = keys:optional("rope.scaling.type", "string")
  type = type and type.value or "linear"
  if not TYPES[type] then keys:fail("E_MODEL_PARAM", "rope.scaling.type", "%s is not supported", type:sub(1, 64)) end
  local least = type == "yarn" and "more than 1" or "1 or more"
  if base.value < 1 or base.value == 1 and type == "yarn" then
    keys:fail("E_MODEL_PARAM", "rope.freq_base", "is %g, not %s", base.value, least)
  end
  local attn = keys:optional("rope.scaling.attn_factor", "f32") or ONE
  local original = keys:optional("rope.scaling.original_context_length", "u32")
  p.rope_scaling = {
    type = type, factor_bits = read_factor(keys, type).bits, attn_bits = keys:positive("rope.scaling.attn_factor", attn),
    original = original and keys:limit("rope.scaling.original_context_length", original.value, 1 << 20) or p.n_ctx_train,
  }
end

-- The names of the tensors of divisors that the type needs, or may have.
function rope.tensors(p)
  local shape = { p.head_dim // 2 }
  if p.rope_scaling.type ~= "longrope" then
    return { { name = "rope_freqs.weight", class = "divisors", shape = shape, optional = true } }
  end
  return {
    { name = "rope_factors_long.weight", class = "divisors", shape = shape },
    { name = "rope_factors_short.weight", class = "divisors", shape = shape },
  }
end

-- The tensor of divisors that a context of so many positions uses, or nil.
function rope.divisors(p, ctx)
  if p.rope_scaling.type ~= "longrope" then return p.tensors["rope_freqs.weight"] end
  return p.tensors[ctx > p.rope_scaling.original and "rope_factors_long.weight" or "rope_factors_short.weight"]
end

return rope
