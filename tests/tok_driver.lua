-- tok_driver.lua: for the tokenizer tests: small vocabularies, and the program tests/tokenizer.c to ask about them.
-- local driver <close> = tok_driver.start(); CC and CFLAGS choose the compiler. The files go with the driver.

local reference = require("tests.tok_reference")
local pretokenizers = require("gen.pretokenizers")
local shell = require("gen.shell")
local vocab = require("gen.vocab")

local tok_driver = {}
local Driver = {}
Driver.__index = Driver

local SOURCES = { "tests/tokenizer.c", "runtime/tok_bpe.c", "runtime/tok_clean.c", "runtime/tok_encode.c", "runtime/tok_merge.c",
                  "runtime/tok_pre.c", "runtime/tok_spm.c", "runtime/tok_vocab.c", "runtime/utf8.c" }

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do list[#list + 1] = word end
  return list
end

-- compiled tells whether the program is there, without a warning.
function tok_driver.start()
  local folder = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
  local argv = words((os.getenv("CC") or "cc") .. " -std=c11 -Wall -Wextra -Wpedantic -Werror -Iruntime "
    .. (os.getenv("CFLAGS") or "-O2") .. " -o")
  argv[#argv + 1] = folder .. "/tokenizer"
  table.move(SOURCES, 1, #SOURCES, #argv + 1, argv)
  return setmetatable({ folder = folder, compiled = shell.try(argv) }, Driver)
end

function Driver:__close() shell.try({ "rm", "-r", self.folder }) end

function Driver:write(name, text)
  local path = self.folder .. "/" .. name
  local f = assert(io.open(path, "wb"))
  assert(f:write(text))
  assert(f:close())
  return shell.quote(path)
end

-- Runs requests { name, flags, text } in one process, its stack 512 KiB and its time a minute at most; returns
-- its lines. section: a vocabulary section.
function Driver:ask(section, requests)
  local parts = {}
  for i, r in ipairs(requests) do parts[i] = ("%s %d %d\n%s"):format(r[1], r[2], #r[3], r[3]) end
  local out = assert(io.popen(("ulimit -s 512; ulimit -t 60; %s %s < %s"):format(
    shell.quote(self.folder .. "/tokenizer"), self:write("section", section),
    self:write("requests", table.concat(parts)))))
  local lines = {}
  for line in out:lines() do lines[#lines + 1] = line end
  out:close()
  return lines
end

function Driver:ask_one(section, ...) return self:ask(section, { { ... } })[1] end

-- A vocabulary that begins with the 256 bytes in the alphabet's order, so "!" is 0 and " " is 220. m.add(text, type)
-- adds a token, special if it has a type, and returns its id; m.merge(left, right) a merge. For the reference:
-- id_of, rank_of, whole, specials.
function tok_driver.model(pre)
  local m = { pre = pre, texts = {}, types = {}, merges = {}, id_of = {}, rank_of = {}, specials = {} }
  m.whole = pretokenizers.rows[pre].ignore_merges and {}
  function m.add(text, type)
    if not m.id_of[text] then
      m.texts[#m.texts + 1], m.types[#m.texts + 1] = text, type or 1
      m.id_of[text] = #m.texts - 1
      if m.whole and not type then m.whole[text] = #m.texts - 1 end
      if type then m.specials[#m.specials + 1] = { text = text, id = #m.texts - 1, type = type } end
    end
    return m.id_of[text]
  end
  function m.merge(left, right)
    if not m.rank_of[left .. " " .. right] then
      m.merges[#m.merges + 1] = left .. " " .. right
      m.rank_of[left .. " " .. right] = #m.merges
      m.add(left .. right)
    end
  end
  local chars = {}
  for b = 0, 255 do chars[b + 1] = reference.mapped(string.char(b)) end
  table.sort(chars, function(a, b) return utf8.codepoint(a) < utf8.codepoint(b) end)
  for _, char in ipairs(chars) do m.add(char) end
  return m
end

-- The name of a row whose pieces are visible as ids: like `pre`, but every piece that is a token is that token.
function tok_driver.visible(pre)
  local name = pre .. ", pieces visible"
  pretokenizers.rows[name] = { names = { name }, steps = pretokenizers.rows[pre].steps, ignore_merges = true }
  return name
end

-- A SentencePiece vocabulary that begins as LLaMA's does: <unk>, <s>, </s>, the 256 bytes, then "▁", so byte b is 3 + b
-- and the space is 259. m.add(text, score, type) adds a token; without a score it is next in rank. For the reference:
-- id_of, score_of and specials.
function tok_driver.spm_model()
  local m = { spm = true, texts = {}, types = {}, scores = {}, id_of = {}, score_of = {}, specials = {} }
  function m.add(text, score, type)
    if m.id_of[text] then return m.id_of[text] end
    local n = #m.texts + 1
    m.texts[n], m.types[n], m.scores[n] = text, type or 1, score or -n + 0.0
    m.id_of[text] = n - 1
    if not type or type == 4 or type == 5 then m.score_of[text] = m.scores[n] end
    if type and type < 5 then m.specials[#m.specials + 1] = { text = text, id = n - 1, type = type } end
    return n - 1
  end
  m.add("<unk>", 0.0, 2)
  m.add("<s>", 0.0, 3)
  m.add("</s>", 0.0, 3)
  for b = 0, 255 do m.add(("<0x%02X>"):format(b), 0.0, 6) end
  m.add("▁")
  return m
end

-- The vocabulary section of a model; more: other keys of tokenizer.ggml.
function tok_driver.section(m, more)
  local kv = {
    ["tokenizer.ggml.model"] = { type = "string", value = m.spm and "llama" or "gpt2" },
    ["tokenizer.ggml.pre"] = m.pre and { type = "string", value = m.pre },
    ["tokenizer.ggml.tokens"] = { type = "array", elem = "string", value = m.texts },
    ["tokenizer.ggml.token_type"] = { type = "array", elem = "i32", value = m.types },
    ["tokenizer.ggml.scores"] = m.spm and { type = "array", elem = "f32", value = m.scores },
    ["tokenizer.ggml.merges"] = m.merges and { type = "array", elem = "string", value = m.merges },
    ["tokenizer.ggml.add_bos_token"] = { type = "bool", value = false },
  }
  for key, entry in pairs(more or {}) do kv["tokenizer.ggml." .. key] = entry end
  return vocab.build(kv, #m.texts, "test").section
end

return tok_driver
