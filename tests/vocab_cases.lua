-- vocab_cases.lua: for the vocabulary tests: small valid vocabularies as keys of a GGUF, their changes, and what became of them.

local reference = require("tests.tok_reference")
local vocab = require("gen.vocab")

local UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 2, 3, 4, 5, 6
local vocab_cases = {
  NONE = 0xFFFFFFFF, UNKNOWN = UNKNOWN, CONTROL = CONTROL, USER_DEFINED = USER_DEFINED, UNUSED = UNUSED, BYTE = BYTE,
}

function vocab_cases.array(elem, value) return { type = "array", elem = elem, value = value } end
function vocab_cases.text(value) return { type = "string", value = value } end
function vocab_cases.number(value) return { type = "u32", value = value } end
local array, text, number = vocab_cases.array, vocab_cases.text, vocab_cases.number

-- The keys of a small valid vocabulary: the 256 bytes, "he", "ll", "hell", "hello", two control tokens.
function vocab_cases.valid()
  local tokens, types = {}, {}
  for b = 0, 255 do tokens[b + 1] = reference.mapped(string.char(b)) end
  for _, token in ipairs { "he", "ll", "hell", "hello", "<|begin_of_text|>", "<|end_of_text|>" } do
    tokens[#tokens + 1] = token
  end
  for i in ipairs(tokens) do types[i] = i > 260 and CONTROL or 1 end
  return {
    model = text("gpt2"), pre = text("llama-bpe"),
    tokens = array("string", tokens), token_type = array("i32", types),
    merges = array("string", { "h e", "l l", "he ll", "hell o" }),
    bos_token_id = number(260), eos_token_id = number(261),
  }
end

-- The keys of a small valid SentencePiece vocabulary: <unk>, <s>, </s>, the 256 bytes, a space, "h", "e", "he", "▁he".
function vocab_cases.valid_spm()
  local tokens, types, scores = { "<unk>", "<s>", "</s>" }, { UNKNOWN, CONTROL, CONTROL }, {}
  for b = 0, 255 do tokens[b + 4], types[b + 4] = ("<0x%02X>"):format(b), BYTE end
  for _, token in ipairs { "▁", "h", "e", "he", "▁he" } do
    tokens[#tokens + 1], types[#types + 1] = token, 1
  end
  for i in ipairs(tokens) do scores[i] = -i + 0.0 end
  return {
    model = text("llama"), tokens = array("string", tokens), token_type = array("i32", types), scores = array("f32", scores),
    bos_token_id = number(1), eos_token_id = number(2),
  }
end

function vocab_cases.add(kv, token, type)
  table.insert(kv.tokens.value, token)
  table.insert(kv.token_type.value, type)
  if kv.scores then table.insert(kv.scores.value, -1.0) end
  return #kv.tokens.value - 1
end

-- Builds the keys `short` after change(short); rows of the embedding: those of the tokens unless given.
function vocab_cases.build_from(short, change, rows, pre)
  local kv = { ["tokenizer.chat_template"] = text("{{ cycler.__init__.__globals__ }}") }
  if change then change(short) end
  for key, entry in pairs(short) do kv["tokenizer.ggml." .. key] = entry end
  return vocab.build(kv, rows or short.tokens and #short.tokens.value or 262, "m.gguf", pre)
end

function vocab_cases.set(key, entry) return function(kv) kv[key] = entry end end
function vocab_cases.token(index, value, type)
  return function(kv)
    kv.tokens.value[index] = value
    if type then kv.token_type.value[index] = type end
  end
end

-- The fields of struct tok_section that the test looks at, and the traits of the tokens.
function vocab_cases.fields(built)
  local s = built.section
  local n, bos, eos, eot, eom, add_bos, add_eos = ("<I4I4I4I4I4I4I4"):unpack(s)
  local pieces, traits, bytes = ("<I4"):unpack(s, 4 * 21 + 1), ("<I4I4"):unpack(s, 4 * 30 + 1)
  local f = { n = n, bos = bos, eos = eos, eot = eot, eom = eom, add_bos = add_bos, add_eos = add_eos }
  f.is_spm, f.add_space, f.clean_spaces = ("<I4I4I4"):unpack(s, 4 * 7 + 1)
  f.steps = table.concat({ ("<I4I4I4I4"):unpack(s, 4 * 13 + 1) }, " ", 1, 4)
  function f.piece(id)
    local first, last = ("<I4I4"):unpack(s, pieces + 4 * id + 1)
    return s:sub(bytes + first + 1, bytes + last)
  end
  function f.ends(id) return s:byte(traits + id + 1) & 2 ~= 0 end
  function f.silent(id) return s:byte(traits + id + 1) & 1 ~= 0 end
  return f
end

return vocab_cases
