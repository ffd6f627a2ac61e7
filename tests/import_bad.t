#!/usr/bin/env lua5.4
-- import_bad.t: checkpoints that are malformed, hostile or not supported: each has its one named error, and no file is left.
-- Contract: docs/ERRORS.md.

package.path = "./?.lua;" .. package.path
local checkpoints = require("tests.checkpoints")
local commands = require("tests.commands")
local file = require("gen.file")
local import = require("gen.import")
local shell = require("gen.shell")
local t = require("tests.tap")

local dir = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local scratch <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-rf", dir }) end })
local NULL, OUTPUT = { raw = "null" }, dir .. "/out.gguf"

local function copy(v)
  if type(v) ~= "table" then return v end
  local c = setmetatable({}, getmetatable(v))
  if type(v[1]) == "number" then return table.move(v, 1, #v, 1, c) end      -- of weights there are many
  for key, value in pairs(v) do c[key] = copy(value) end
  return c
end

-- A packed BitNet checkpoint (or of another class or form), changed by f, in a folder of its own.
local PACKED, made = { form = "packed", dtype = "BF16", linear = "autobitlinear" }, {}
local function write(f, class, options, shards)
  class, options = class or "BitNetForCausalLM", options or PACKED
  local key = class .. options.form .. options.dtype .. (options.linear or "")
  made[key] = made[key] or checkpoints.model(class, options)
  local model = copy(made[key])
  if f then f(model) end
  shell.try({ "rm", "-rf", dir .. "/bad" })
  checkpoints.write(dir .. "/bad", model, shards)
end

local slowest = 0
local function refused(error_name, what)
  local start = os.clock()
  t.fails(error_name, function() import.run(".", { operand = dir .. "/bad", output = OUTPUT }) end, error_name .. ": " .. what)
  slowest = math.max(slowest, os.clock() - start)
end

local function bad(error_name, what, ...)
  write(...)
  refused(error_name, what)
end

-- A file of the folder replaced by this text, after everything is written; nil: removed.
local function bad_file(error_name, what, name, text, ...)
  write(...)
  os.remove(dir .. "/bad/" .. name)
  if text then checkpoints.write_file(dir .. "/bad/" .. name, text) end
  refused(error_name, what)
end

-- ---- config.json ----

local function config(error_name, key, value, class)
  bad(error_name, ("config.json: %s %s"):format(key, checkpoints.json(value)), function(m) m.config[key] = value end, class)
end

bad_file("E_OPEN", "no config.json", "config.json")
bad_file("E_JSON_SYNTAX", "config.json is an array", "config.json", "[]")
bad_file("E_JSON_DEPTH", "config.json of 100,000 [", "config.json", ("["):rep(100000))
bad_file("E_JSON_DUP_KEY", "a key twice", "config.json", '{"vocab_size":1,"vocab_size":2}')
bad_file("E_JSON_NUMBER", "1e999", "config.json", '{"vocab_size":1e999}')
bad_file("E_UTF8", "bad UTF-8", "config.json", '{"\xff":1}')
bad_file("E_JSON_SIZE", "config.json of 2 MiB", "config.json", (" "):rep(2 << 20))
for _, key in ipairs { "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size",
    "max_position_embeddings", "rms_norm_eps" } do
  config("E_MODEL_KEY", key, NULL)
  config("E_MODEL_KEY", key, "128")
end
config("E_MODEL_KEY", "hidden_size", 128.5)
config("E_MODEL_KEY", "tie_word_embeddings", 1)
for _, key in ipairs { "hidden_size", "num_hidden_layers", "intermediate_size", "max_position_embeddings" } do
  config("E_MODEL_LIMIT", key, 0)
  config("E_MODEL_LIMIT", key, -5)
  config("E_MODEL_LIMIT", key, 1 << 30)
  config("E_MODEL_LIMIT", key, 1 << 40)
end
config("E_MODEL_SHAPE", "num_key_value_heads", 3)
config("E_MODEL_SHAPE", "head_dim", 63)
config("E_MODEL_SHAPE", "hidden_size", 256)
config("E_MODEL_SHAPE", "vocab_size", 273)
config("E_MODEL_TENSOR", "num_hidden_layers", 3)
config("E_MODEL_PARAM", "rms_norm_eps", 0)
config("E_MODEL_PARAM", "rms_norm_eps", { raw = "1e300" })
config("E_MODEL_PARAM", "rope_theta", -1)
config("E_MODEL_PARAM", "hidden_act", "gelu")
config("E_MODEL_PARAM", "attention_bias", true)
config("E_MODEL_PARAM", "use_sliding_window", true, "Qwen3ForCausalLM")
config("E_MODEL_PARAM", "partial_rotary_factor", 0.5)
config("E_MODEL_PARAM", "scale_depth", 1.5, "MiniCPMForCausalLM")
config("E_MODEL_PARAM", "rope_scaling", { rope_type = "llama3", factor = 8.0 })
config("E_MODEL_PARAM", "rope_scaling", { type = "linear", factor = -2.0 })
config("E_MODEL_KEY", "rope_scaling", { type = "yarn", factor = 4.0 })
config("E_MODEL_KEY", "rope_scaling", { rope_type = "longrope", original_max_position_embeddings = 64 })
config("E_MODEL_PARAM", "rope_scaling", { rope_type = "longrope", original_max_position_embeddings = 64, long_factor = { 1 } })
config("E_MODEL_PARAM", "rope_scaling", { rope_type = "longrope", original_max_position_embeddings = 32 })
config("E_MODEL_ARCH", "architectures", { "MixtralForCausalLM" })
config("E_MODEL_ARCH", "architectures", { { raw = "[]" } })
config("E_MODEL_ARCH", "architectures", NULL)
config("E_MODEL_KEY", "architectures", "BitNetForCausalLM")
config("E_MODEL_KEY", "quantization_config", NULL)
config("E_MODEL_KEY", "quantization_config", { linear_class = "bitlinear" })
config("E_MODEL_TYPE", "quantization_config", { quant_method = "gptq" })
config("E_MODEL_PARAM", "quantization_config", { quant_method = "bitnet", linear_class = "other" })
config("E_MODEL_PARAM", "quantization_config", { quant_method = "bitnet", use_rms_norm = true })

-- ---- the safetensors container ----

local function container(error_name, what, header, data)
  bad_file(error_name, what, "model.safetensors", ("<I8"):pack(#header) .. header .. (data or ""))
end
local function entry(fields) return '{"a":{' .. fields .. "}}" end

bad_file("E_OPEN", "no model.safetensors", "model.safetensors")
bad_file("E_ST_TRUNCATED", "an empty file", "model.safetensors", "")
bad_file("E_ST_TRUNCATED", "seven bytes", "model.safetensors", ("\0"):rep(7))
bad_file("E_ST_TRUNCATED", "a header longer than the file", "model.safetensors", ("<I8"):pack(100) .. "{}")
bad_file("E_ST_TRUNCATED", "a header of 2^63 bytes", "model.safetensors", ("<i8"):pack(math.mininteger) .. "{}")
bad_file("E_ST_TRUNCATED", "a header of 2^64 - 1 bytes", "model.safetensors", ("<i8"):pack(-1) .. "{}")
container("E_ST_HEADER", "a header of 17 MiB", (" "):rep(17 << 20))
container("E_JSON_SYNTAX", "an empty header", "")
container("E_JSON_DEPTH", "100,000 [", ("["):rep(100000))
container("E_ST_HEADER", "the header is an array", "[]")
container("E_ST_HEADER", "a tensor is a number", '{"a":1}')
container("E_ST_HEADER", "a tensor without a name", '{"":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', "1234")
container("E_JSON_DUP_KEY", "a tensor twice", '{"a":{},"a":{}}')
container("E_ST_DTYPE", "an unknown dtype", entry '"dtype":"F31","shape":[1],"data_offsets":[0,4]', "1234")
container("E_ST_DTYPE", "no dtype", entry '"shape":[1],"data_offsets":[0,4]', "1234")
container("E_ST_SHAPE", "no shape", entry '"dtype":"F32","data_offsets":[0,4]', "1234")
container("E_ST_SHAPE", "a negative dimension", entry '"dtype":"F32","shape":[-1],"data_offsets":[0,4]', "1234")
container("E_ST_SHAPE", "half a dimension", entry '"dtype":"F32","shape":[0.5],"data_offsets":[0,4]', "1234")
container("E_ST_SHAPE", "a product beyond 2^53", entry '"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]', "1234")
container("E_ST_SHAPE", "nine dimensions", entry '"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]', "1234")
container("E_ST_SHAPE", "a shape that is not the bytes", entry '"dtype":"F32","shape":[2],"data_offsets":[0,4]', "1234")
container("E_ST_OFFSET", "no offsets", entry '"dtype":"F32","shape":[1]', "1234")
container("E_ST_OFFSET", "one offset", entry '"dtype":"F32","shape":[1],"data_offsets":[0]', "1234")
container("E_ST_OFFSET", "three offsets", entry '"dtype":"F32","shape":[1],"data_offsets":[0,4,4]', "1234")
container("E_ST_OFFSET", "offsets in reverse", entry '"dtype":"F32","shape":[1],"data_offsets":[4,0]', "1234")
container("E_ST_OFFSET", "a negative offset", entry '"dtype":"F32","shape":[1],"data_offsets":[-4,0]', "1234")
container("E_ST_OFFSET", "a text for an offset", entry '"dtype":"F32","shape":[1],"data_offsets":["0",4]', "1234")
container("E_ST_OFFSET", "beyond the file", entry '"dtype":"F32","shape":[1],"data_offsets":[0,4]', "123")
container("E_ST_OFFSET", "2^62", entry '"dtype":"F32","shape":[1],"data_offsets":[4611686018427387900,4611686018427387904]', "1234")
container("E_ST_OFFSET", "bytes behind the last tensor", entry '"dtype":"F32","shape":[1],"data_offsets":[0,4]', "12345")
container("E_ST_OFFSET", "a hole", '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}', "123")
container("E_ST_OFFSET", "an overlap", '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}', "123")
container("E_MODEL_TENSOR", "no tensor at all", "{}")

-- ---- shards ----

local INDEX, FIRST, SECOND = "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
local function map(text) return '{"weight_map":' .. text .. "}" end
bad_file("E_ST_SHARD", "a missing shard", SECOND, nil, nil, nil, nil, 2)
bad_file("E_ST_SHARD", "no weight_map", INDEX, "{}", nil, nil, nil, 2)
bad_file("E_ST_SHARD", "no shard", INDEX, map "{}", nil, nil, nil, 2)
bad_file("E_ST_SHARD", "a shard in another folder", INDEX, map '{"a":"../x.safetensors"}', nil, nil, nil, 2)
bad_file("E_ST_SHARD", "a shard that is no text", INDEX, map '{"a":1}', nil, nil, nil, 2)
bad_file("E_ST_SHARD", "a tensor that is in no shard", INDEX, map(('{"a":"%s"}'):format(FIRST)), nil, nil, nil, 2)
write(nil, nil, nil, 2)
shell.try({ "cp", dir .. "/bad/" .. FIRST, dir .. "/bad/" .. SECOND })
refused("E_ST_DUP_TENSOR", "a tensor in two shards")

-- ---- tensors ----

local Q = "model.layers.0.self_attn.q_proj.weight"
local function tensor(error_name, what, name, change, class, options)
  bad(error_name, what, function(m) change(m:tensor(name)) end, class, options)
end
local MASTER = { form = "master", dtype = "F32" }
local function without(name) return function(m) table.remove(m.tensors, (select(2, m:tensor(name)))) end end

bad("E_MODEL_TENSOR", "no weight_scale", without(Q .. "_scale"))
bad("E_MODEL_TENSOR", "a missing matrix", without(Q))
bad("E_MODEL_TENSOR", "no head, and tied is false", without("lm_head.weight"), "LlamaForCausalLM")
bad("E_MODEL_TENSOR", "a bias", function(m) m:add("model.layers.0.self_attn.q_proj.bias", "F32", { 1 }, "1234") end)
bad("E_MODEL_TENSOR", "a norm that LLaMA has not", function(m) m:add("model.layers.0.self_attn.attn_sub_norm.weight", "F32", { 1 }, "1234") end, "LlamaForCausalLM")
bad("E_MODEL_TENSOR", "a scale of a master", function(m) m:add(Q .. "_scale", "F32", { 1 }, "1234") end, nil, MASTER)
tensor("E_MODEL_TYPE", "packed in I8", Q, function(x) x.dtype = "I8" end)
tensor("E_MODEL_TYPE", "an embedding in U8", "model.norm.weight", function(x) x.dtype, x.shape = "U8", { #x.data } end)
tensor("E_MODEL_TYPE", "a scale in U8", Q .. "_scale", function(x) x.dtype, x.shape = "U8", { 2 } end)
tensor("E_MODEL_SHAPE", "transposed", Q, function(x) x.shape = { x.shape[2], x.shape[1] } end)
tensor("E_MODEL_SHAPE", "three dimensions", Q, function(x) x.shape[3] = 1 end)
tensor("E_MODEL_SHAPE", "a scale of two", Q .. "_scale", function(x) x.shape, x.data = { 2 }, x.data:rep(2) end)
bad("E_MODEL_SHAPE", "another intermediate_size", function(m) m.config.intermediate_size = 130 end)

-- ---- tokenizers: the rest is checked as in any GGUF ----

local function tokenizer(error_name, what, f) bad(error_name, what, function(m) f(m.files["tokenizer.json"], m) end) end

bad_file("E_OPEN", "no tokenizer", "tokenizer.json")
bad_file("E_JSON_SYNTAX", "half a tokenizer.json", "tokenizer.json", '{"model":')
tokenizer("E_VOCAB_MODEL", "no byte level, no tokenizer.model", function(x) x.pre_tokenizer, x.decoder = NULL, NULL end)
tokenizer("E_VOCAB_MODEL", "WordPiece", function(x) x.model.type = "WordPiece" end)
tokenizer("E_VOCAB_MODEL", "word ends", function(x) x.model.end_of_word_suffix = "</w>" end)
tokenizer("E_VOCAB_FILE", "a vocabulary that is an array", function(x) x.model.vocab = { 1 } end)
tokenizer("E_VOCAB_FILE", "no merges", function(x) x.model.merges = nil end)
tokenizer("E_VOCAB_FILE", "an added token without text", function(x) x.added_tokens[1].content = nil end)
tokenizer("E_VOCAB_SIZE", "an id beyond the embedding", function(x) x.model.vocab.zzz = 272 end)
tokenizer("E_VOCAB_SIZE", "a negative id", function(x) x.model.vocab.zzz = -1 end)
tokenizer("E_VOCAB_SIZE", "an id that is text", function(x) x.model.vocab.zzz = "1" end)
tokenizer("E_VOCAB_SIZE", "an added token beyond the embedding", function(x) x.added_tokens[1].id = 300 end)
tokenizer("E_VOCAB_TOKEN", "an id twice", function(x) x.model.vocab.zzz = 7 end)
tokenizer("E_VOCAB_TOKEN", "an added token in another's place", function(x) x.added_tokens[1].id = 7 end)
tokenizer("E_VOCAB_TOKEN", "a text twice", function(x) x.added_tokens[1].content = "th" end)
tokenizer("E_VOCAB_MERGE", "a merge that is a number", function(x) x.model.merges[1] = 1 end)
tokenizer("E_VOCAB_MERGE", "a merge of unknown tokens", function(x) x.model.merges[1] = "zz z" end)
tokenizer("E_VOCAB_MERGE", "a pair with a space", function(x) x.model.merges[1] = { "t ", "h" } end)
tokenizer("E_VOCAB_BYTES", "a byte without a token", function(x) x.model.vocab["!"], x.model.vocab["zz!"] = nil, x.model.vocab["!"] end)

local SPM = checkpoints.spm { model_type = 2, add_dummy_prefix = true }
local function pieces(error_name, what, text)
  bad(error_name, "tokenizer.model: " .. what, function(m) m.files = { ["tokenizer.model"] = text } end)
end
pieces("E_VOCAB_MODEL", "unigram", checkpoints.spm { model_type = 1 })
pieces("E_VOCAB_MODEL", "an empty file", "")
pieces("E_VOCAB_FILE", "cut in a piece", SPM:sub(1, 20))
pieces("E_VOCAB_FILE", "cut in a number", SPM .. "\8\128")
pieces("E_VOCAB_FILE", "a number without end", SPM .. "\8" .. ("\255"):rep(11))
pieces("E_VOCAB_FILE", "a field of 2^63 bytes", SPM .. "\10" .. ("\255"):rep(9) .. "\1")
pieces("E_VOCAB_FILE", "a wire type that is not", SPM .. "\11")
pieces("E_VOCAB_FILE", "a piece of type 9", SPM .. checkpoints.bytes_field(1, checkpoints.bytes_field(1, "x") .. checkpoints.number_field(3, 9)))
pieces("E_VOCAB_FILE", "a piece without text", SPM .. checkpoints.bytes_field(1, checkpoints.number_field(3, 1)))
pieces("E_VOCAB_FILE", "a score that is text", SPM .. checkpoints.bytes_field(1, checkpoints.bytes_field(2, "x")))
pieces("E_VOCAB_SIZE", "more pieces than rows", SPM:rep(2))
t.ok(slowest < 1, ("the slowest took %.2f s"):format(slowest))
t.ok(not file.exists(OUTPUT), "nothing is written")

-- ---- what only the weights show: the program that moves them refuses, and names the tensor of the GGUF ----

checkpoints.write_file(OUTPUT, "the file before")
local function weights(name, code, err, f, class, options)
  write(f, class, options)
  commands.check(t, { { name, 'gen/tritc import "$D/bad" -o "$D/out.gguf"; code=$?; ls "$D"; cat "$D/out.gguf"; exit $code', code,
    "bad\nout.gguf\nthe file before", err } }, { D = dir })
end
local function set(name, at, bytes)
  return function(m)
    local x = m:tensor(name)
    x.data = x.data:sub(1, at) .. bytes .. x.data:sub(at + #bytes + 1)
  end
end
local NORM, EMBEDDING, INFINITE = "model.layers.1.input_layernorm.weight", "model.embed_tokens.weight", "holds a value that is not finite\n"

weights("the code 3", 65, "error: E_MODEL_CODE: blk.0.attn_q.weight: holds the code 3, which no ternary weight has\n", set(Q, 100, "\xC0"))
weights("a norm of NaN", 65, "error: E_MODEL_SCALE: blk.1.attn_norm.weight: " .. INFINITE, set(NORM, 10, "\xC0\x7F"))
weights("an infinite embedding", 65, "error: E_MODEL_SCALE: token_embd.weight: " .. INFINITE, set(EMBEDDING, 500, "\x80\xFF"))
weights("an infinite embedding in f16", 65, "error: E_MODEL_SCALE: token_embd.weight: " .. INFINITE, set(EMBEDDING, 500, "\0\x7C"), nil, { form = "unpacked", dtype = "F16" })
weights("an embedding beyond f16", 65, "error: E_MODEL_SCALE: token_embd.weight: holds a value that f16 cannot hold\n", set(EMBEDDING, 500, "\x80\x47"))
for name, bytes in pairs { zero = "\0\0", negative = "\x80\xBF", tiny = "\1\0" } do
  weights("a weight_scale that is " .. name, 65, "error: E_MODEL_SCALE: blk.0.attn_q.weight: weight_scale is not positive, or its inverse is not finite\n",
    set(Q .. "_scale", 0, bytes), nil, { form = "packed", dtype = "BF16", linear = "bitlinear" })
end
weights("a weight_scale of NaN", 65, "error: E_MODEL_SCALE: blk.0.attn_q.weight: " .. INFINITE, set(Q .. "_scale", 0, "\xC0\x7F"))
weights("a master with an infinity", 65, "error: E_MODEL_SCALE: blk.0.attn_q.weight: " .. INFINITE, set(Q, 400, "\0\0\x80\x7F"), nil, MASTER)
weights("a scale for every 128 weights", 69, "error: E_MODEL_TYPE: blk.0.attn_q.weight: every 128 weights have a scale of their own, I2_S has one for all\n",
  function(m) m:tensor(Q).data = (("<f"):pack(0.5):rep(128) .. ("<f"):pack(-0.25):rep(128)):rep(128) end, nil, MASTER)

-- ---- the command ----

write(nil, "LlamaForCausalLM", { form = "master", dtype = "BF16" })
local plain = checkpoints.model("LlamaForCausalLM", { form = "master", dtype = "BF16" })
plain.config.quantization_config = nil
plain.files["tokenizer.json"].pre_tokenizer.pretokenizers[1].pattern.Regex = "x+"
plain.files["tokenizer.json"].normalizer = { type = "Lowercase" }
plain:add("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", { 1 }, "1234")
plain:add("model.extra.weight", "F32", { 1 }, "1234")
checkpoints.write(dir .. "/plain", plain)
commands.check(t, {
  { "no -o", "gen/tritc import $D/bad", 64, nil, "error: E_USAGE: import: -o M.gguf is missing\n" },
  { "no folder", "gen/tritc import $D/none -o $D/x", 66, nil, "error: E_OPEN: ...none: no folder, or it cannot be entered\n" },
  { "an output folder that is not there", "gen/tritc import $D/bad -o $D/none/x", 73, nil, "error: E_OUT_CREATE: ...\n" },
  { "an output that is a folder", "gen/tritc import $D/bad -o $D/bad", 73, nil, "error: E_OUT_CREATE: ...: not a regular file\n" },
  { "no compiler", "gen/tritc import $D/bad -o $D/x --cc nocc", 69, nil, "error: E_TOOL: no compiler 'nocc'\n" },
  { "a file too large for its limit", "ulimit -f 100; gen/tritc import $D/bad -o $D/x; code=$?; ls $D; exit $code", 74, "bad\nout.gguf\nplain\n", "error: E_OUT_WRITE: the model file: File too large\n" },
  { "a fifo instead of a shard", "cp -r $D/bad $D/fifo && rm $D/fifo/model.safetensors && mkfifo $D/fifo/model.safetensors && timeout 5 gen/tritc import $D/fifo -o $D/x", 66, nil, "error: E_NOT_REGULAR: model.safetensors: not a regular file\n" },
  { "what a user should know", "gen/tritc import $D/plain -o $D/x", 0, nil, "warning: config.json has no quantization_config: ...\n"
    .. "warning: unused tensors: 1, beginning with model.extra.weight\nwarning: blk.0.ffn_down...\nwarning: tokenizer.json: no known pre-tokenizer has the steps split x+, "
    .. "ignore_merges; build takes the default, or --pre NAME\nwarning: tokenizer.json: the normalizer Lowercase is not applied\n" },
}, { D = dir })
t.done()
