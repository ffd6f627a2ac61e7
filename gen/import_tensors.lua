-- import_tensors.lua: which tensor of a Hugging Face checkpoint becomes which tensor of the GGUF, and how.
-- Names: transformers' model classes, 1bitLLM's for the second sub-norms. Adding a kind of tensor: a row here.

local fail = require("gen.fail")
local tensor_types = require("gen.tensor_types")

local tensors = {}

-- Inside of a layer: the names that a tensor has in checkpoints, the first that is there.
local IN_LAYER = {
  attn_norm = { "input_layernorm" }, ffn_norm = { "post_attention_layernorm" },
  attn_q = { "self_attn.q_proj" }, attn_k = { "self_attn.k_proj" }, attn_v = { "self_attn.v_proj" },
  attn_output = { "self_attn.o_proj" }, attn_q_norm = { "self_attn.q_norm" }, attn_k_norm = { "self_attn.k_norm" },
  attn_sub_norm = { "self_attn.attn_sub_norm", "self_attn.inner_attn_ln" },
  ffn_gate = { "mlp.gate_proj" }, ffn_up = { "mlp.up_proj" }, ffn_down = { "mlp.down_proj" },
  ffn_sub_norm = { "mlp.ffn_sub_norm", "mlp.ffn_layernorm" },
  attn_q_norm_in = { "self_attn.q_proj.norm" }, attn_k_norm_in = { "self_attn.k_proj.norm" },
  attn_v_norm_in = { "self_attn.v_proj.norm" }, attn_output_norm_in = { "self_attn.o_proj.norm" },
  ffn_gate_norm_in = { "mlp.gate_proj.norm" }, ffn_up_norm_in = { "mlp.up_proj.norm" },
  ffn_down_norm_in = { "mlp.down_proj.norm" },
}
local OUTSIDE = { token_embd = "embed_tokens", output_norm = "norm" }
local HEAD = "lm_head.weight"

-- Leftovers that would change the result; others are named in a warning, and these are nothing.
local REFUSED = { "%.bias$", "norm", "_ln%.", "scale$" }
local NOTHING = { "%.rotary_emb%.inv_freq$" }

local type_of = {}
for _, type in pairs(tensor_types) do type_of[type.name] = type end

local FLOATS = { F32 = true, F16 = true, BF16 = true }
local PLAIN = { rows = "f16", norm = "f32" }       -- the type of each class that is not ternary

local function matches(name, patterns)
  for _, pattern in ipairs(patterns) do
    if name:find(pattern) then return true end
  end
  return false
end

local plan = {}
plan.__index = plan

-- The checkpoint's tensor for a name of the GGUF, or nil and the name it would have.
function plan:source(name)
  local layer, role = name:match("^blk%.(%d+)%.([%w_]+)%.weight$")
  local first
  for _, inside in ipairs(layer and IN_LAYER[role] or {}) do
    local full = ("%slayers.%s.%s.weight"):format(self.prefix, layer, inside)
    if self.sources[full] then return self.sources[full] end
    first = first or full
  end
  if layer then return nil, first end
  local outside = OUTSIDE[name:match("^([%w_]+)%.weight$")]
  local full = outside and self.prefix .. outside .. ".weight" or name == "output.weight" and HEAD
  return self.sources[full], full
end

local function check_shape(source, want, what)
  if #want ~= #source.shape then fail("E_MODEL_SHAPE", "%s has %d dimensions, not %d", what, #source.shape, #want) end
  for i, n in ipairs(source.shape) do
    if n ~= want[i] then
      local found, said = table.concat(source.shape, ", "), table.concat(want, ", ")
      fail("E_MODEL_SHAPE", "%s: shape [%s], config.json says [%s]", what, found, said)
    end
  end
end

-- The one number by which a packed matrix is scaled.
function plan:weight_scale(source)
  local scale = self.sources[source.name .. "_scale"]
  if not scale then fail("E_MODEL_TENSOR", "%s_scale is missing", source.name) end
  if not FLOATS[scale.dtype] then fail("E_MODEL_TYPE", "%s: dtype %s", scale.name, scale.dtype) end
  if #scale.shape > 1 or scale.shape[1] and scale.shape[1] ~= 1 then
    fail("E_MODEL_SHAPE", "%s has more than one element", scale.name)
  end
  if not self.config.scale then
    fail("E_MODEL_KEY", "config.json: quantization_config is missing; it says what %s means", scale.name)
  end
  self.taken[scale.name] = true
  return scale
end

-- A ternary matrix: packed in bytes, four rows in each, with its scale beside it; or a master to be rounded.
function plan:ternary(t, source)
  local k, rows = t.dims[1], t.dims[2]
  if k % 4 ~= 0 or t.n % 128 ~= 0 then
    fail("E_MODEL_SHAPE", "%s: I2_S cannot hold %d rows of %d", source.name, rows, k)
  end
  if k % 128 ~= 0 then self.odd = self.odd or t.name end
  t.type, t.writer = type_of.i2_s, "master"
  local permuted = self.config.class.halves and t.name:match("attn_([qk])%.weight$")
  t.halves = permuted and self.params.head_dim or 0
  if source.dtype == "U8" then
    if rows % 4 ~= 0 then fail("E_MODEL_SHAPE", "%s: %d rows cannot be packed in fours", source.name, rows) end
    check_shape(source, { rows // 4, k }, source.name)
    t.writer, t.scale = "packed", self:weight_scale(source)
  else
    check_shape(source, { rows, k }, source.name)
  end
end

-- Appends the tensor of a row of the architecture's list.
function plan:add(want, source)
  local dims = want.shape
  local t = { name = want.name, dims = dims, n = dims[1] * (dims[2] or 1), source = source, halves = 0 }
  if not (FLOATS[source.dtype] or want.class == "ternary" and source.dtype == "U8") then
    fail("E_MODEL_TYPE", "%s: dtype %s is not supported here", source.name, source.dtype)
  end
  if want.class == "ternary" then
    self:ternary(t, source)
  else
    check_shape(source, dims[2] and { dims[2], dims[1] } or dims, source.name)
    t.writer = PLAIN[want.class] or fail("E_INTERNAL", "no import of %s", want.class)
    t.type = type_of[t.writer]
  end
  self.taken[source.name] = true
  self:place(t)
end

function plan:place(t)
  t.bytes = t.n // t.type.block * t.type.block_bytes + t.type.tail
  self.list[#self.list + 1] = t
end

-- Warnings about what is imported in a way that its user may not want, and about what is left over.
function plan:check_rest(warnings)
  local rest = {}
  for name in pairs(self.sources) do
    if not self.taken[name] and not matches(name, NOTHING) then rest[#rest + 1] = name end
  end
  table.sort(rest)
  for _, name in ipairs(rest) do
    if matches(name, REFUSED) then fail("E_MODEL_TENSOR", "%s is not supported in %s", name, self.config.class.name) end
  end
  local function warn(format, ...) warnings[#warnings + 1] = format:format(...) end
  if #rest > 0 then warn("unused tensors: %d, beginning with %s", #rest, rest[1]) end
  if self.odd then warn("%s has rows that do not fill blocks of 128: bitnet.cpp cannot run this file", self.odd) end
end

-- Is the input of every matrix normed, as in the embedding models?
function tensors.norm_inputs(sources)
  return (sources["model.layers.0.self_attn.q_proj.norm.weight"] or sources["layers.0.self_attn.q_proj.norm.weight"]) ~= nil
end

-- c: of import_config.read; p: of params.read; wanted: the architecture's list; sources: of safetensors.read. Returns, in the
-- order of `wanted`, { name, type = row of gen/tensor_types.lua, dims, n (elements), bytes, writer (of templates/import_*.c),
-- source, scale (a tensor or nil), halves (rows of a head whose halves are interleaved, or 0), values (of a constant) }.
function tensors.plan(c, p, wanted, sources, warnings)
  local self = setmetatable({ config = c, params = p, sources = sources, taken = {}, list = {} }, plan)
  self.prefix = sources["model.embed_tokens.weight"] and "model." or ""
  local values = {}
  for _, constant in ipairs(c.constants) do values[constant.name] = constant.values end
  if c.tied then self.taken[HEAD] = true end
  for _, want in ipairs(wanted) do
    local source, name = self:source(want.name)
    local needed = not want.optional or want.name == "output.weight" and c.tied == false
    if values[want.name] then
      self:place({ name = want.name, type = type_of.f32, dims = want.shape, n = want.shape[1], writer = "constant",
        values = values[want.name], halves = 0 })
    elseif source and not self.taken[source.name] then
      self:add(want, source)
    elseif needed then
      fail("E_MODEL_TENSOR", "%s is missing", name or want.name)
    end
  end
  self:check_rest(warnings)
  return self.list
end

return tensors
