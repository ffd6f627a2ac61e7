-- synth_header.lua: the bytes of a synthetic GGUF that are not bulk: metadata, byte and special tokens, tensor infos.
-- Format: GGUF version 3 (ggml, docs/gguf.md). Keys in the order of Microsoft's bitnet-b1.58-2B-4T file.

local write = require("gen.gguf_write")

local header = {}

local U32, I32, F32, BOOL, STRING = write.U32, write.I32, write.F32, write.BOOL, write.STRING
local kv, array, str, u32, u64 = write.kv, write.array_head, write.string, write.u32, write.u64

-- The byte tokens in the order of GPT-2 and LLaMA-3: the 188 printable bytes, then the others as U+0100 and up.
local function byte_tokens()
  local tokens = {}
  for i = 0, 255 do
    tokens[i + 1] = str(utf8.char(i < 94 and 33 + i or i < 106 and 67 + i or 68 + i))
  end
  return table.concat(tokens)
end

-- What SentencePiece's vocabularies begin with, and the characters of the syllables of templates/synth_vocab.c.
local function spm_tokens()
  local tokens = { str("<unk>"), str("<s>"), str("</s>") }
  for b = 0, 255 do tokens[b + 4] = str(("<0x%02X>"):format(b)) end
  for _, code in utf8.codes("▁acdeghilnorstuw") do tokens[#tokens + 1] = str(utf8.char(code)) end
  return tokens
end

-- The tokens before the words, as one string, and their number: spm, or byte-level BPE.
local function first_tokens(spm)
  if not spm then return byte_tokens(), 256 end
  local tokens = spm_tokens()
  return table.concat(tokens), #tokens
end

-- How many tokens stand before the words.
function header.first_words(spm) return select(2, first_tokens(spm)) end

-- LLaMA-3's special tokens, by their distance from <|begin_of_text|>.
local SPECIAL = {
  [0] = "begin_of_text", [1] = "end_of_text", [6] = "start_header_id", [7] = "end_header_id", [9] = "eot_id",
}

local function special_tokens(count)
  local tokens, reserved = {}, 0
  for i = 0, count - 1 do
    local name = SPECIAL[i]
    if not name then
      name = "reserved_special_token_" .. reserved
      reserved = reserved + 1
    end
    tokens[i + 1] = str("<|" .. name .. "|>")
  end
  return table.concat(tokens)
end

local CHAT_TEMPLATE = "{% for m in messages %}Human: {{ m['content'] }}\n\nBITNETAssistant: {% endfor %}"

-- The keys before and after the arrays of the vocabulary.
local function keys_of(m)
  local a = m.arch .. "."
  local first = {
    kv("general.architecture", STRING, m.arch),
    kv("general.name", STRING, m.general_name),
    kv(a .. "vocab_size", U32, m.vocab),
    kv(a .. "context_length", U32, m.ctx),
    kv(a .. "embedding_length", U32, m.embd),
    kv(a .. "block_count", U32, m.layers),
    kv(a .. "feed_forward_length", U32, m.ff),
    kv(a .. "rope.dimension_count", U32, m.head_dim),
    kv(a .. "attention.head_count", U32, m.heads),
    kv(a .. "attention.head_count_kv", U32, m.kv_heads),
    kv("tokenizer.ggml.add_bos_token", BOOL, true),
    kv(a .. "attention.layer_norm_rms_epsilon", F32, m.eps),
    kv(a .. "rope.freq_base", F32, m.rope_base),
    kv("general.file_type", U32, 40),
    kv("tokenizer.ggml.model", STRING, m.spm and "llama" or "gpt2"),
  }
  if m.heads * m.head_dim ~= m.embd then
    first[#first + 1] = kv(a .. "attention.key_length", U32, m.head_dim)
    first[#first + 1] = kv(a .. "attention.value_length", U32, m.head_dim)
  end
  local scaling = m.rope_scaling
  if scaling.type then first[#first + 1] = kv(a .. "rope.scaling.type", STRING, scaling.type) end
  if scaling.factor then first[#first + 1] = kv(a .. "rope.scaling.factor", F32, scaling.factor) end
  if scaling.ctx then first[#first + 1] = kv(a .. "rope.scaling.original_context_length", U32, scaling.ctx) end
  if m.embedding then
    first[#first + 1] = kv(a .. "pooling_type", U32, 3)
    first[#first + 1] = kv("tokenizer.ggml.add_eos_token", BOOL, true)
  end
  if m.pre then first[#first + 1] = kv("tokenizer.ggml.pre", STRING, m.pre) end
  local bos = m.spm and 1 or m.vocab - m.specials
  local last = {
    kv("tokenizer.ggml.bos_token_id", U32, bos),
    kv("tokenizer.ggml.eos_token_id", U32, bos + 1),
    kv("tokenizer.ggml.padding_token_id", U32, bos + 1),
    kv("tokenizer.chat_template", STRING, CHAT_TEMPLATE),
    kv("general.quantization_version", U32, 2),
  }
  return first, last
end

-- The header as five strings; after each of the first four goes one array's bulk: the merge-made tokens, the scores,
-- the token types, the merges, which SentencePiece does not have. Padding to 32 bytes follows the fifth.
-- m: the model of gen/synth.lua; tensors: its list, { {name, dims, type = row of gen/tensor_types.lua, bytes}, ... }.
function header.build(m, tensors)
  local first, last = keys_of(m)
  local arrays = m.spm and 3 or 4
  return {
    "GGUF" .. u32(3) .. u64(#tensors) .. u64(#first + arrays + #last) .. table.concat(first)
      .. array("tokenizer.ggml.tokens", STRING, m.vocab) .. first_tokens(m.spm),
    special_tokens(m.specials) .. array("tokenizer.ggml.scores", F32, m.vocab),
    array("tokenizer.ggml.token_type", I32, m.vocab),
    m.spm and "" or array("tokenizer.ggml.merges", STRING, m.merges),
    table.concat(last) .. (write.tensor_infos(tensors)),
  }
end

-- The header without the arrays of the vocabulary, as one string: all that a plan needs.
function header.bare(m, tensors)
  local first, last = keys_of(m)
  return "GGUF" .. u32(3) .. u64(#tensors) .. u64(#first + #last) .. table.concat(first) .. table.concat(last)
    .. (write.tensor_infos(tensors))
end

return header
