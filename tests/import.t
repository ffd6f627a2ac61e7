#!/usr/bin/env lua5.4
-- import.t: a checkpoint of every class, packed and not, becomes the GGUF that the definitions say, byte by byte, and runs.
-- Expectations come from transformers' packing, llama.cpp's tensor names and the reshape its converter does, not from gen/.

package.path = "./?.lua;" .. package.path
local checkpoints = require("tests.checkpoints")
local commands = require("tests.commands")
local file = require("gen.file")
local gguf = require("gen.gguf")
local import = require("gen.import")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local dir = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local scratch <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-rf", dir }) end })

-- Imports a model from the folder dir/name/m, so that all models have one name. Returns header, bytes and warnings.
local function run(name, model, shards)
  local folder, output = ("%s/%s/m"):format(dir, name), ("%s/%s.gguf"):format(dir, name)
  checkpoints.write(folder, model, shards)
  local warnings = import.run(".", { operand = folder, output = output })
  return gguf.read(output), file.read(output), table.concat(warnings, "\n")
end

-- The name of a checkpoint's tensor in a GGUF, by llama.cpp's table.
local NAMES = {
  ["self_attn.q_proj"] = "attn_q", ["self_attn.k_proj"] = "attn_k", ["self_attn.v_proj"] = "attn_v", ["self_attn.o_proj"] = "attn_output",
  ["mlp.gate_proj"] = "ffn_gate", ["mlp.up_proj"] = "ffn_up", ["mlp.down_proj"] = "ffn_down", ["input_layernorm"] = "attn_norm",
  ["post_attention_layernorm"] = "ffn_norm", ["self_attn.attn_sub_norm"] = "attn_sub_norm", ["self_attn.inner_attn_ln"] = "attn_sub_norm",
  ["mlp.ffn_sub_norm"] = "ffn_sub_norm", ["mlp.ffn_layernorm"] = "ffn_sub_norm", ["self_attn.q_norm"] = "attn_q_norm",
  ["self_attn.k_norm"] = "attn_k_norm", ["norm"] = "output_norm",
}
local function gguf_name(name)
  name = name:gsub("^model%.", "")
  local layer, inside = name:match("^layers%.(%d+)%.(.*)$")
  if not layer then return NAMES[name] .. ".weight" end
  local matrix = inside:match("^(.*_proj)%.norm$")
  return ("blk.%s.%s.weight"):format(layer, matrix and NAMES[matrix] .. "_norm_in" or NAMES[inside])
end

-- Rows [head][half][j] become [head][j][half].
local function interleaved(rows, head_dim)
  local order = {}
  for head = 0, rows // head_dim - 1 do
    for j = 0, head_dim // 2 - 1 do
      for half = 0, 1 do order[#order + 1] = (head * 2 + half) * (head_dim // 2) + j end
    end
  end
  return order
end

-- Codes of I2_S, element by element.
local function codes(m, order)
  local bytes = {}
  for i = 1, m.rows * m.k // 4 do bytes[i] = 0 end
  for row = 0, m.rows - 1 do
    for c = 0, m.k - 1 do
      local e, code = row * m.k + c, m.weights[(order and order[row + 1] or row) * m.k + c + 1] + 1
      local at = e // 128 * 32 + e % 32 + 1
      bytes[at] = bytes[at] | code << 6 - 2 * (e % 128 // 32)
    end
  end
  for i, b in ipairs(bytes) do bytes[i] = string.char(b) end
  return table.concat(bytes)
end

-- I2_S of a matrix, of which other models have the weights, too: their codes, as they are and permuted.
local plain_codes, permuted_codes = {}, {}
local function i2_s(m, permuted)
  local made = permuted and permuted_codes or plain_codes
  made[m.weights] = made[m.weights] or codes(m, permuted and interleaved(m.rows, checkpoints.SIZE.head_dim))
  return made[m.weights] .. ("<f"):pack(m.scale) .. ("\0"):rep(28)
end

local function f32_bytes(list)
  local parts = {}
  for i, v in ipairs(list) do parts[i] = ("<f"):pack(v) end
  return table.concat(parts)
end

-- The tensors that are not as they should be.
local function differences(model, header, bytes, permuted)
  local wrong, found = {}, {}
  for _, x in ipairs(header.tensors) do found[x.name] = x end
  local function check(name, type, dims, want)
    local x = found[name]
    local same = x and x.type == type and table.concat(x.dims, " ") == table.concat(dims, " ")
      and bytes:sub(x.offset + 1, x.offset + x.bytes) == want
    if not same then wrong[#wrong + 1] = name end
    found[name] = nil
  end
  for name, m in pairs(model.matrices) do
    check(gguf_name(name), "i2_s", { m.k, m.rows }, i2_s(m, permuted and name:find("[qk]_proj")))
  end
  for name, list in pairs(model.norms) do check(gguf_name(name), "f32", { #list }, f32_bytes(list)) end
  local s, embedding = checkpoints.SIZE, model:tensor("lm_head.weight") and { "token_embd.weight", "output.weight" } or { "token_embd.weight" }
  for _, name in ipairs(embedding) do check(name, "f16", { s.embd, s.vocab }, checkpoints.encoded(model.embedding, "F16")) end
  for name in pairs(found) do wrong[#wrong + 1] = name .. " (unknown)" end
  table.sort(wrong)
  return table.concat(wrong, " ")
end

-- ---- every class: packed, unpacked in three shards, and a master ----

local CLASSES = {
  { "BitNetForCausalLM", "bitnet-b1.58" }, { "BitnetForCausalLM", "bitnet" }, { "LlamaForCausalLM", "llama", permuted = true },
  { "MiniCPMForCausalLM", "minicpm", permuted = true }, { "Qwen3ForCausalLM", "qwen3" }, { "Qwen3Model", "qwen3" },
}
local FORMS = {
  { "packed", "packed", "BF16", "autobitlinear" }, { "unpacked", "unpacked", "F16", shards = 3 }, { "master", "master", "BF16" },
  { "divided", "packed", "F32", "bitlinear" }, { "master in f32", "master", "F32", shards = 2 },
}
for _, class in ipairs(CLASSES) do
  local made, warned = {}, {}
  for i = 1, class.permuted and 5 or 3 do
    local form = FORMS[i]
    local model = checkpoints.model(class[1], { form = form[2], dtype = form[3], linear = form[4] })
    local header, bytes
    header, bytes, warned[form[1]] = run(form[1], model, form.shards)
    t.is(header.kv["general.architecture"].value, class[2], ("%s, %s: architecture"):format(class[1], form[1]))
    t.is(differences(model, header, bytes, class.permuted), "", ("%s, %s: every tensor"):format(class[1], form[1]))
    made[form[1]] = bytes
  end
  t.ok(made.packed == made.unpacked, class[1] .. ": packed and unpacked give the same file")
  if class.permuted then t.ok(made.master == made["master in f32"], class[1] .. ": so do masters in bf16 and f32") end
  for form, text in pairs(warned) do
    t.is(text, "blk.0.ffn_down.weight has rows that do not fill blocks of 128: bitnet.cpp cannot run this file", class[1] .. ": the warning about " .. form)
  end
end

-- ---- keys and tokens ----

local model = checkpoints.model("BitNetForCausalLM", { form = "packed", dtype = "BF16", linear = "autobitlinear" })
local header, bytes = run("model with 'quotes'", model)
local function value(key)
  local entry = header.kv[key]
  return entry and entry.value
end
for key, want in pairs {
  ["general.name"] = "m", ["general.file_type"] = 40, ["general.quantization_version"] = 2, ["bitnet-b1.58.vocab_size"] = 272,
  ["bitnet-b1.58.context_length"] = 64, ["bitnet-b1.58.embedding_length"] = 128, ["bitnet-b1.58.block_count"] = 2,
  ["bitnet-b1.58.feed_forward_length"] = 320, ["bitnet-b1.58.attention.head_count"] = 4, ["bitnet-b1.58.attention.head_count_kv"] = 2,
  ["bitnet-b1.58.rope.dimension_count"] = 64, ["bitnet-b1.58.attention.key_length"] = 64, ["bitnet-b1.58.rope.freq_base"] = 500000.0,
  ["tokenizer.ggml.model"] = "gpt2", ["tokenizer.ggml.pre"] = "llama-bpe", ["tokenizer.ggml.bos_token_id"] = 266,
  ["tokenizer.ggml.eos_token_id"] = 267, ["tokenizer.ggml.add_bos_token"] = true, ["tokenizer.ggml.add_eos_token"] = false,
  ["tokenizer.chat_template"] = "{{ x }}", ["tritc.activations"] = "token",
} do t.is(value(key), want, key) end
t.is(header.alignment .. " " .. header.version, "32 3", "alignment and version")
t.is(#header.tensors, 2 * 11 + 2, "the tensors of bitnet.cpp's table: no more would load there")
local tokens, types = value("tokenizer.ggml.tokens"), value("tokenizer.ggml.token_type")
t.is(table.concat({ tokens[1], tokens[33], tokens[257], tokens[267], tokens[269], tokens[270], tokens[272] }, " "), "Ā Ġ th <|bos|> <mine> [PAD269] [PAD271]", "tokens")
t.is(table.concat({ types[1], types[257], types[267], types[269], types[270] }, " "), "1 1 3 4 5", "their types")
t.is(value("tokenizer.ggml.merges")[10], "Ġt h", "merges")
model.files["tokenizer.json"].model.merges = {}
for i, merge in ipairs(checkpoints.bpe().model.merges) do
  model.files["tokenizer.json"].model.merges[i] = { merge:match("^(.-) (.*)$") }
end
t.ok(select(2, run("model with 'quotes'", model)) == bytes, "merges as pairs give the same file")

-- ---- long contexts ----

local long = checkpoints.model("MiniCPMForCausalLM", { form = "packed", dtype = "BF16", linear = "autobitlinear" })
long.config.rope_scaling = { rope_type = "longrope", original_max_position_embeddings = 64, long_factor = {}, short_factor = {} }
for i = 1, 32 do long.config.rope_scaling.long_factor[i], long.config.rope_scaling.short_factor[i] = 1 + i / 8, i end
header, bytes = run("long", long)
local divisors = ""
for _, x in ipairs(header.tensors) do
  if x.name:find("^rope_factors_") then divisors = divisors .. x.name .. bytes:sub(x.offset + 1, x.offset + x.bytes) end
end
t.ok(divisors == "rope_factors_long.weight" .. f32_bytes(long.config.rope_scaling.long_factor) .. "rope_factors_short.weight"
  .. f32_bytes(long.config.rope_scaling.short_factor), "longrope: its divisors are tensors")
t.is(value("minicpm.rope.scaling.type") .. value("minicpm.rope.scaling.original_context_length"), "longrope64", "longrope: its keys")
long.config.rope_scaling = { type = "yarn", factor = 4, original_max_position_embeddings = 16 }
header = run("long", long)
t.is(value("minicpm.rope.scaling.type") .. value("minicpm.rope.scaling.factor") .. value("minicpm.rope.scaling.original_context_length"), "yarn4.016", "yarn: its keys")

-- ---- it builds and runs ----

local ran = programs.build(dir .. "/packed.gguf", programs.native())     -- the last class: an embedding model
t.ok(file.exists(ran .. "/packed.img"), "an imported embedding model builds")
local plain = dir .. "/imported.gguf"
os.rename(dir .. "/model with 'quotes'.gguf", plain)
local built = programs.build(plain, programs.native())
commands.check(t, {
  { "an imported model runs", "$B/imported run the -n 1 --trace", 0, "0 266 ...\n1 257 ...", "..." },
  { "as the oracle says", "$B/imported run the -n 1 --trace 2>&1 | head -n 2 >$D/trace; $O $GGUF trace 266 257 | cmp - $D/trace", 0 },
  { "its tokenizer is that of the checkpoint", "$B/imported tokenize 'the<mine>12 the'", 0, "266 257 268 49 50 32 257\n" },
  { "a bar only on a terminal, no path of the checkpoint in the file", "gen/tritc import $D/packed/m -o $D/again.gguf && grep -c \"$D\" $D/again.gguf", 1, "0\n", "warning: blk.0.ffn_down...\n" },
}, { B = built, D = dir, GGUF = plain, O = programs.oracle() })

-- ---- a tokenizer.model ----

local spm = checkpoints.model("BitnetForCausalLM", { form = "packed", dtype = "F16", linear = "autobitlinear" })
spm.files = { ["tokenizer.model"] = checkpoints.spm { model_type = 2, add_dummy_prefix = true },
  ["added_tokens.json"] = { ["<pad>"] = 270 }, ["tokenizer_config.json"] = { bos_token = "<s>", unk_token = { content = "<unk>" } } }
header = run("spm", spm)
tokens, types = value("tokenizer.ggml.tokens"), value("tokenizer.ggml.token_type")
t.is(table.concat({ value("tokenizer.ggml.model"), #tokens, tokens[1], tokens[3], tokens[4], tokens[266], tokens[267], tokens[271] }, " "),
  "llama 272 <unk> </s> <0x00> ▁the [PAD266] <pad>", "the pieces of a tokenizer.model")
t.is(table.concat({ types[1], types[3], types[4], types[266], types[267], types[271] }, " "), "2 3 6 1 5 4", "their types")
t.is(value("tokenizer.ggml.scores")[266], -7.0, "their scores")
t.is(tostring(value("tokenizer.ggml.add_space_prefix")) .. value("tokenizer.ggml.bos_token_id") .. value("tokenizer.ggml.unknown_token_id"), "true10", "what else it says")
t.done()
