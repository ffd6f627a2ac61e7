#!/usr/bin/env lua5.4
-- chat.t: chat families: recognised from a template's text, written token by token as published, the cache kept between turns.
-- The strings are those of the models' templates and of llama.cpp; the logits of a whole conversation are the oracle's.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local chat = require("gen.chat")
local file = require("gen.file")
local programs = require("tests.programs")
local t = require("tests.tap")

-- ---- recognition ----

-- { family, template }: the lines that matter of published templates, and of others that must not be taken for them.
local templates = {
  { "bitnet", "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = message['role'] | capitalize + ': '+ message['content'] | trim + '<|eot_id|>' %}" },
  { "bitnet", "{% for message in messages %}Human: {{ message['content'] }}\n\nBITNETAssistant: {% endfor %}" },
  { "llama3", "{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}" },
  { "falcon3", "{% elif message['role'] == 'user' %}{{ '<|user|>\n' + message['content'] + '\n' }}{% elif true %}{{ '<|assistant|>\n' }}" },
  { "chatml", "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}" },
  { "chatml-think", "{{- '<|im_start|>assistant\\n' }}{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}" },
  { "chatml-no-think", "{%- set content = content.split('</think>')[-1] %}{{- '<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n' }}" },
  { "chatml-no-think", "{{- '<|im_start|>assistant\n<think>\n\n</think>\n\n' }}" },
  { "minicpm", "{% if message['role'] == 'user' %}{{'<用户>' + message['content'].strip() + '<AI>'}}" },
  { "unknown", "{{'<|user|>' + '\n' + message['content'] + '<|end|>' + '\n' + '<|assistant|>' + '\n'}}" },              -- Phi-3
  { "unknown", "[gMASK]<sop>{% for item in messages %}<|{{ item['role'] }}|>\n<|user|><|assistant|>{% endfor %}" },       -- ChatGLM 4
  { "unknown", "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}" },                -- Gemma
  { "unknown", "" }, { "unknown", "{{ cycler.__init__.__globals__.os.popen('id') }}" },
}
local function recognise(type, value) return chat.recognise({ ["tokenizer.chat_template"] = { type = type, value = value } }) end
for i, case in ipairs(templates) do t.is(recognise("string", case[2]), case[1], ("template %d: %s"):format(i, case[1])) end
t.is(chat.recognise({}), "plain", "no template: plain")
t.is(recognise("u32", 1), "plain", "a template that is no text: plain")
t.is(file.read("runtime/chat.h"):match('#define CHAT_NAMES[%s\\]+"(.-)"'), table.concat(chat.NAMES, " "), "program and compiler know the same families")

-- ---- a model whose tokens are the bytes, the markup of every family, and some more ----

local NORMAL, CONTROL, USER_DEFINED = 1, 3, 4
local MARKUP = { "<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|system|>", "<|user|>",
  "<|assistant|>", "<|im_start|>", "<|im_end|>", "<用户>", "<AI>", "<think>" }
local MORE = 80

-- named: texts for tokens of these ids, else they are words that nobody writes. Returns the GGUF's path and the ids by text.
local function model(name, named)
  local tokens, types, id_of = cases.byte_tokens(), {}, {}
  for i = 1, 256 do types[i] = NORMAL end
  for i = 257, 256 + #MARKUP + MORE do
    local text = MARKUP[i - 256] or named[i - 1]
    tokens[i] = text or ("zq%d"):format(i)
    types[i] = not text and NORMAL or text:find("think") and USER_DEFINED or CONTROL
    id_of[tokens[i]] = i - 1
  end
  local spec = cases.toy { n_embd = 32, n_ff = 64, n_ctx = 512, n_layer = 2, tokens = tokens, token_type = types, seed = 7 }
  cases.set(spec, "tokenizer.ggml.bos_token_id", "u32", 256)
  cases.set(spec, "tokenizer.ggml.add_bos_token", "bool", true)
  local path = ("out/test/%s.gguf"):format(name)
  os.execute("mkdir -p out/test")
  cases.write(path, (cases.encode(spec)))
  return path, id_of
end

local byte_id, n_bytes = {}, 0                -- the order of GPT-2's alphabet: printable bytes first, then the others
for _, printable in ipairs { true, false } do
  for b = 0, 255 do
    if (b >= 33 and b <= 126 or b >= 161 and b <= 172 or b >= 174) == printable then byte_id[b], n_bytes = n_bytes, n_bytes + 1 end
  end
end

-- The ids of a text whose special tokens are meant as such; what stands between \1 and \2 is plain.
local function ids_of(text, id_of)
  local ids, plain, at = {}, false, 1
  while at <= #text do
    local found
    for _, special in ipairs(plain and {} or MARKUP) do
      if text:sub(at, at + #special - 1) == special then found = special end
    end
    if not found and id_of["</think>"] and text:sub(at, at + 7) == "</think>" then found = "</think>" end
    local c = text:sub(at, at)
    if c == "\1" or c == "\2" then plain = c == "\1" else ids[#ids + 1] = found and id_of[found] or byte_id[c:byte()] end
    at = at + (found and #found or 1)
  end
  return ids
end

-- Runs `chat --trace`. Returns the lines { pos, id, hash } in their order and what they leave: ids and hashes by position.
local function converse(program, flags, lines)
  local text, code, err = programs.run(("printf '%s' | %s chat --trace %s"):format(lines, program, flags))
  local trace, ids, hashes = {}, {}, {}
  for pos, id, hash in text:gmatch("(%d+) (%d+) (%x+)\n") do
    pos, id = tonumber(pos), tonumber(id)
    trace[#trace + 1] = { pos = pos, id = id }
    ids[pos + 1], hashes[pos + 1] = id, hash
  end
  if code ~= 0 then print("# " .. err) end
  return trace, ids, hashes
end

local function oracle_hashes(path, ids)
  local hashes = {}
  for hash in programs.run(("%s %s trace %s"):format(programs.oracle(), path, table.concat(ids, " "))):gmatch(" (%x+)\n") do
    hashes[#hashes + 1] = hash
  end
  return hashes
end

-- ---- the strings: a system text, two turns; what stands for a reply is `n` tokens ----

local REPLY = 3
local families = {
  bitnet = { "System: S.<|eot_id|>User: Hi!<|eot_id|>Assistant: ", "<|eot_id|>User: \1<|im_end|><|eot_id|>\2<|eot_id|>Assistant: " },
  llama3 = { "<|start_header_id|>system<|end_header_id|>\n\nS.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n\1<|im_end|><|eot_id|>\2<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" },
  falcon3 = { "<|system|>\nS.\n<|user|>\n Hi! \n<|assistant|>\n", "\n<|user|>\n\1<|im_end|><|eot_id|>\2\n<|assistant|>\n" },
  ["falcon-e"] = { "systemS.\nuser Hi! \nassistant\n", "\nuser\1<|im_end|><|eot_id|>\2\nassistant\n" },
  chatml = { "<|im_start|>system\nS.<|im_end|>\n<|im_start|>user\n Hi! <|im_end|>\n<|im_start|>assistant\n",
    "<|im_end|>\n<|im_start|>user\n\1<|im_end|><|eot_id|>\2<|im_end|>\n<|im_start|>assistant\n" },
  minicpm = { "S.<用户>Hi!<AI>", "<用户>\1<|im_end|><|eot_id|>\2<AI>" },
  plain = { "S.\n Hi! ", "\n\1<|im_end|><|eot_id|>\2" },
}
families["chatml-think"] = families.chatml
families["chatml-no-think"] = families.chatml

local function is_list(got, want, name) t.is(table.concat(got, " "), table.concat(want, " "), name) end

-- Do the positions run without a gap, but for one step back to `again`, the reply that has moved?
local function check_positions(trace, again, name)
  local steps_back, at = 0, 0
  for _, line in ipairs(trace) do
    if line.pos ~= at then
      steps_back = steps_back + 1
      t.is(line.pos, again, name .. ": what has not moved is not evaluated again")
    end
    at = line.pos + 1
  end
  t.is(steps_back, again and 1 or 0, name .. ": every position is evaluated once" .. (again and ", and the reply twice" or ""))
end

local path, id_of = model("chat", { [300] = "</think>" })
local program = programs.build(path, "scalar") .. "/chat"
for _, name in ipairs(chat.NAMES) do
  local opening = name == "chatml-no-think" and ids_of("<think>\n\n</think>\n\n", id_of) or {}
  local first, second = ids_of(families[name][1], id_of), ids_of(families[name][2], id_of)
  table.insert(first, 1, id_of["<|begin_of_text|>"])
  local flags = ("-n %d --temp 0 -t 2 -b 5 --chat-template %s -s S."):format(REPLY, name)
  local trace, ids, hashes = converse(program, flags, " Hi! \\n\\n<|im_end|><|eot_id|>\\n")
  local want = table.move(first, 1, #first, 1, {})
  local function reply(from) for i = from, from + REPLY - 1 do want[#want + 1] = ids[i] or -1 end end
  reply(#first + 1)
  table.move(second, 1, #second, #want + 1, want)
  table.move(opening, 1, #opening, #want + 1, want)
  reply(#want + 1)
  is_list(ids, want, name .. ": a system text and two turns, token by token")
  is_list(hashes, oracle_hashes(path, ids), name .. ": the oracle computes the same logits for the whole as one prompt")
  check_positions(trace, #opening > 0 and #first or nil, name)
end

-- ---- SentencePiece: a space goes before a text, but not before one that goes on ----

local PIECES = { "<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "▁" }

local function spm_model()
  local tokens, types = { table.unpack(PIECES) }, { 2, CONTROL, CONTROL, CONTROL, CONTROL, NORMAL }
  for b = 0, 255 do tokens[#tokens + 1], types[#types + 1] = ("<0x%02X>"):format(b), 6 end
  local scores = {}
  for i = 1, #tokens do scores[i] = 0 end
  local spec = cases.toy { n_ctx = 256, tokens = tokens, token_type = types, seed = 3 }
  cases.set(spec, "tokenizer.ggml.model", "string", "llama")
  cases.put(spec, "tokenizer.ggml.scores", "array", scores, "f32")
  for key, id in pairs { bos_token_id = 1, eos_token_id = 2 } do cases.set(spec, "tokenizer.ggml." .. key, "u32", id) end
  cases.set(spec, "tokenizer.ggml.add_bos_token", "bool", true)
  cases.write("out/test/chat-spm.gguf", (cases.encode(spec)))
  return "out/test/chat-spm.gguf"
end

-- The ids of words separated by blanks: `_` is the space put in front, `?` any token, a special token, or else bytes.
local function spm_ids(words, got)
  local ids, special = {}, { _ = 5, ["<s>"] = 1, ["<|im_start|>"] = 3, ["<|im_end|>"] = 4 }
  for word in words:gmatch("%S+") do
    for c in (special[word] and "" or word):gsub("\\n", "\n"):gmatch(".") do
      ids[#ids + 1] = c == "?" and (got[#ids + 1] or -1) or #PIECES + c:byte()
    end
    ids[#ids + 1] = special[word]
  end
  return ids
end

local spm = programs.build(spm_model(), "scalar") .. "/chat-spm"
for name, words in pairs {
  plain = "<s> _ ab ?? \\n cd ??",
  chatml = "<s> <|im_start|> _ user\\n ab <|im_end|> _ \\n <|im_start|> _ assistant\\n ?? <|im_end|> _ \\n "
    .. "<|im_start|> _ user\\n cd <|im_end|> _ \\n <|im_start|> _ assistant\\n ??",
} do
  local _, ids = converse(spm, "-n 2 --temp 0 --chat-template " .. name, "ab\\ncd\\n")
  is_list(ids, spm_ids(words, ids), name .. " with SentencePiece, token by token")
end

-- ---- thoughts, and all that ends a reply ----

-- Ids that nobody writes become </think> and an end of generation: first a look at what this model says.
local RANDOM = "-n 60 --temp 100 --top-k 0 --top-p 1 --min-p 0 --chat-template chatml-think"
local _, before = converse(program, RANDOM, "Why?\\n")
local start = #ids_of("<|begin_of_text|><|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n", id_of)
local said = {}
for i = start + 1, #before do
  if before[i] >= 256 + #MARKUP and before[i] ~= 300 then said[#said + 1] = { id = before[i], at = i } end
end
t.ok(#said >= 3, "the reply holds ids to be named")
local END_TEXTS = { "<|endoftext|>", "<|end|>", "<|eom_id|>", "<end_of_turn>" }
local thought, ending = said[1], said[3]
for _, other in ipairs(said) do
  if other.id == thought.id and other.at < ending.at then thought = other end
end
for i, text in ipairs(os.getenv("TEST_FULL") and END_TEXTS or { END_TEXTS[1] }) do
  local thinker, ids_by_text = model("thinker" .. i, { [thought.id] = "</think>", [ending.id] = text })
  local folder = programs.build(thinker, "scalar")
  local trace, ids, hashes = converse(("%s/thinker%d"):format(folder, i), RANDOM, "Why?\\nAnd?\\n")
  local want = table.move(before, 1, start, 1, {})
  table.move(before, thought.at + 1, ending.at - 1, #want + 1, want)
  local next_turn = ids_of("<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n<|im_start|>assistant\n", ids_by_text)
  table.move(next_turn, 1, #next_turn, #want + 1, want)
  is_list({ table.unpack(ids, 1, #want) }, want, text .. " ends a reply; of an old reply, what follows its thought is left")
  is_list(hashes, oracle_hashes(thinker, ids), "the oracle computes the same logits for what is left")
  check_positions(trace, start, "a thought forgotten")
end
t.done()
