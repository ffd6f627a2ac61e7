-- import_vocab.lua: the tokenizer files of a Hugging Face checkpoint as the tokenizer.* keys of a GGUF header.
-- Names: transformers and huggingface/tokenizers; keys: llama.cpp. The result is checked where it is read, in gen/vocab.lua.

local bpe = require("gen.import_bpe")
local fail = require("gen.fail")
local file = require("gen.file")
local json = require("gen.json")
local spm = require("gen.import_spm")
local write = require("gen.gguf_write")

local vocab = {}

local MAX_TOKENIZER, MAX_OTHER, MAX_TEMPLATE = 128 << 20, 16 << 20, 1 << 20     -- bytes
local NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5                        -- tokenizer.ggml.token_type
local ADDED_SCORE, FILLER_SCORE = -1000.0, -10000.0                             -- as llama.cpp's converter gives them

-- The object in a file of the folder, nil if there is no such file.
local function read_optional(folder, name, limit)
  local path = folder .. "/" .. name
  return file.exists(path) and json.read_object(path, limit) or nil
end

-- Tokens added to the model's own, { { id, text, special }, ... }: from the first of three files that lists them.
local function added_tokens(files)
  local list = {}
  local function add(id, text, special)
    if math.type(id) ~= "integer" or type(text) ~= "string" then
      fail("E_VOCAB_FILE", "an added token has id %s and text %s", tostring(id), tostring(text))
    end
    list[#list + 1] = { id = id, text = text, special = special == true }
  end
  local function add_entry(id, entry)
    if json.kind(entry) ~= "object" then fail("E_VOCAB_FILE", "added token %s is no object", tostring(id)) end
    add(id, entry.content, entry.special)
  end
  if files.tokenizer and json.kind(files.tokenizer.added_tokens) == "array" then
    for _, entry in ipairs(files.tokenizer.added_tokens) do add_entry(json.kind(entry) == "object" and entry.id, entry) end
  elseif json.kind(files.config.added_tokens_decoder) == "object" then
    for id, entry in pairs(files.config.added_tokens_decoder) do add_entry(math.tointeger(tonumber(id)), entry) end
  else
    for text, id in pairs(files.added or {}) do add(id, text, false) end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

-- Adds them to the tokens. One that the model has already keeps its text and its place; only a normal one becomes another type.
local function put_added(tokens, list, n_vocab)
  for _, t in ipairs(list) do
    local i, type = t.id + 1, t.special and CONTROL or USER_DEFINED
    if i < 1 or i > n_vocab then fail("E_VOCAB_SIZE", "added token %s has id %d, of %d", t.text, t.id, n_vocab) end
    local text = tokens.texts[i]
    if text and text ~= t.text and tokens.types[i] ~= UNUSED then
      fail("E_VOCAB_TOKEN", "token %d is both %s and %s", t.id, text, t.text)
    end
    if not text and tokens.scores then tokens.scores[i] = ADDED_SCORE end
    if text ~= t.text or tokens.types[i] == NORMAL then tokens.texts[i], tokens.types[i] = t.text, type end
  end
end

-- Every row of the embedding has a token: what nothing names is unused.
local function fill(tokens, n_vocab)
  for i = 1, n_vocab do
    if not tokens.texts[i] then
      tokens.texts[i], tokens.types[i] = ("[PAD%d]"):format(i - 1), UNUSED
      if tokens.scores then tokens.scores[i] = FILLER_SCORE end
    end
  end
end

-- The ids of the special tokens: by text from tokenizer_config.json, else by number from config.json.
local function add_special_ids(kvs, tokens, files, model_config)
  local id_of = {}
  for i, text in ipairs(tokens.texts) do id_of[text] = id_of[text] or i - 1 end
  for _, row in ipairs { { "bos", "bos" }, { "eos", "eos" }, { "unk", "unknown" }, { "pad", "padding" } } do
    local text, number = files.config[row[1] .. "_token"], model_config[row[1] .. "_token_id"]
    if json.kind(text) == "object" then text = text.content end
    if json.kind(number) == "array" then number = number[1] end
    local id = type(text) == "string" and id_of[text] or number
    if math.type(id) == "integer" and id >= 0 and id < #tokens.texts then
      kvs[#kvs + 1] = write.kv(("tokenizer.ggml.%s_token_id"):format(row[2]), write.U32, id)
    end
  end
end

-- Is a special token put before, and one after every text, by the post-processor of tokenizer.json? Nil: nothing is said.
local function template_ends(node)
  if json.kind(node) ~= "object" then return nil end
  if node.type == "TemplateProcessing" and json.kind(node.single) == "array" then
    local function special(part) return json.kind(part) == "object" and part.SpecialToken ~= nil end
    return special(node.single[1]), special(node.single[#node.single])
  end
  for _, part in ipairs(json.kind(node.processors) == "array" and node.processors or {}) do
    local first, last = template_ends(part)
    if first ~= nil then return first, last end
  end
end

-- A byte-level vocabulary adds nothing where no file says so; SentencePiece has its own default, bos.
local function add_flags(kvs, tokens, files)
  local first, last = template_ends(files.tokenizer and files.tokenizer.post_processor)
  if tokens.model == "gpt2" then first, last = first or false, last or false end
  for _, row in ipairs { { "add_bos_token", first }, { "add_eos_token", last } } do
    local value = files.config[row[1]]
    if type(value) ~= "boolean" then value = row[2] end
    if value ~= nil then kvs[#kvs + 1] = write.kv("tokenizer.ggml." .. row[1], write.BOOL, value) end
  end
  if tokens.add_space_prefix ~= nil then
    kvs[#kvs + 1] = write.kv("tokenizer.ggml.add_space_prefix", write.BOOL, tokens.add_space_prefix)
  end
end

-- The chat template: of tokenizer_config.json, its default where it has several, or a file of its own.
local function chat_template(folder, config)
  local template = config.chat_template
  for _, entry in ipairs(json.kind(template) == "array" and template or {}) do
    if json.kind(entry) == "object" and entry.name == "default" then template = entry.template end
  end
  local path = folder .. "/chat_template.jinja"
  if type(template) ~= "string" and file.exists(path) then
    local f <close>, size = file.open_regular(path)
    template = file.read_at(f, file.base(path), 0, math.min(size, MAX_TEMPLATE + 1))
  end
  if type(template) == "string" and #template <= MAX_TEMPLATE then return template end
end

local function read_tokens(folder, files, n_vocab, warnings)
  local path = folder .. "/tokenizer.model"
  if files.tokenizer and bpe.is_byte_level(files.tokenizer) then return bpe.read(files.tokenizer, n_vocab, warnings) end
  if file.exists(path) then return spm.read(path) end
  if not files.tokenizer then fail("E_OPEN", "there is neither tokenizer.json nor tokenizer.model") end
  fail("E_VOCAB_MODEL", "tokenizer.json is not byte-level BPE, and there is no tokenizer.model")
end

-- The keys, as of gguf_write.kv, for a vocabulary of n_vocab tokens. model_config: the object of config.json; what to warn
-- of is appended to `warnings`. E_VOCAB_*, E_OPEN, E_JSON_*.
function vocab.read(folder, model_config, n_vocab, warnings)
  local files = {
    tokenizer = read_optional(folder, "tokenizer.json", MAX_TOKENIZER),
    config = read_optional(folder, "tokenizer_config.json", MAX_OTHER) or {},
    added = read_optional(folder, "added_tokens.json", MAX_OTHER),
  }
  local tokens = read_tokens(folder, files, n_vocab, warnings)
  if #tokens.texts > n_vocab then fail("E_VOCAB_SIZE", "%d tokens for %d rows of the embedding", #tokens.texts, n_vocab) end
  put_added(tokens, added_tokens(files), n_vocab)
  fill(tokens, n_vocab)
  local kvs = { write.kv("tokenizer.ggml.model", write.STRING, tokens.model) }
  if tokens.pre then kvs[2] = write.kv("tokenizer.ggml.pre", write.STRING, tokens.pre) end
  kvs[#kvs + 1] = write.array("tokenizer.ggml.tokens", write.STRING, tokens.texts)
  if tokens.scores then kvs[#kvs + 1] = write.array("tokenizer.ggml.scores", write.F32, tokens.scores) end
  kvs[#kvs + 1] = write.array("tokenizer.ggml.token_type", write.I32, tokens.types)
  if tokens.merges then kvs[#kvs + 1] = write.array("tokenizer.ggml.merges", write.STRING, tokens.merges) end
  add_special_ids(kvs, tokens, files, model_config)
  add_flags(kvs, tokens, files)
  local template = chat_template(folder, files.config)
  if template then kvs[#kvs + 1] = write.kv("tokenizer.chat_template", write.STRING, template) end
  return kvs
end

return vocab
