-- import_spm.lua: tokenizer.model, a SentencePiece vocabulary: pieces, scores and types.
-- Format: protobuf; google/sentencepiece, sentencepiece_model.proto. All of it is taken as hostile.

local fail = require("gen.fail")
local file = require("gen.file")

local spm = {}

local MAX_BYTES = 64 << 20
local NORMAL, TYPES = 1, 6      -- of a piece; tokenizer.ggml.token_type has the same numbers
local MODEL_BPE = 2             -- TrainerSpec.model_type; 1, unigram, is the default

local VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

-- A message: bytes [at, stop) of `text`, read field by field.
local message = {}
message.__index = message

local function new_message(text, at, stop, name)
  return setmetatable({ text = text, at = at, stop = stop, name = name }, message)
end

function message:fail(what) fail("E_VOCAB_FILE", "%s: byte %d: %s", self.name, self.at - 1, what) end

function message:varint()
  local value = 0
  for shift = 0, 63, 7 do
    if self.at >= self.stop then self:fail("it ends inside a number") end
    local byte = self.text:byte(self.at)
    self.at = self.at + 1
    value = value | (byte & 127) << shift
    if byte < 128 then return value end
  end
  self:fail("a number of more than ten bytes")
end

-- The next field: its number, its wire type, and its value: an integer, f32 bytes as a number, or a message. Nil at the end.
function message:field()
  if self.at >= self.stop then return nil end
  local tag = self:varint()
  local wire, value = tag & 7, nil
  if wire == VARINT then return tag >> 3, wire, self:varint() end
  local n = wire == FIXED64 and 8 or wire == FIXED32 and 4 or wire == BYTES and self:varint()
  if not n then self:fail("a field of wire type " .. wire) end
  if n < 0 or n > self.stop - self.at then self:fail("a field longer than the bytes left") end
  if wire == FIXED32 then value = ("<f"):unpack(self.text, self.at) end
  if wire == BYTES then value = new_message(self.text, self.at, self.at + n, self.name) end
  self.at = self.at + n
  return tag >> 3, wire, value
end

-- The last value of each field that `wanted` names, { [number] = { key, wire type } }; others are skipped.
function message:read(wanted)
  local found = {}
  for number, wire, value in self.field, self do
    local row = wanted[number]
    if row and row[2] ~= wire then self:fail(row[1] .. " is of another type") end
    if row then found[row[1]] = value end
  end
  return found
end

function message:string() return self.text:sub(self.at, self.stop - 1) end

local PIECE = { { "piece", BYTES }, { "score", FIXED32 }, { "type", VARINT } }
local TRAINER = { [3] = { "model_type", VARINT } }
local NORMALIZER = { [3] = { "add_dummy_prefix", VARINT } }

local function add_piece(tokens, m)
  local p = m:read(PIECE)
  local type = p.type or NORMAL
  if not p.piece or type < NORMAL or type > TYPES then m:fail("a piece without text, or of unknown type") end
  local n = #tokens.texts + 1
  tokens.texts[n], tokens.scores[n], tokens.types[n] = p.piece:string(), p.score or 0.0, type
end

-- The vocabulary of the file at path: { model = "llama", texts, scores, types, add_space_prefix }.
function spm.read(path)
  local f <close>, size = file.open_regular(path)
  local name = file.base(path)
  if size > MAX_BYTES then fail("E_VOCAB_FILE", "%s: %d bytes > %d", name, size, MAX_BYTES) end
  local m = new_message(file.read_at(f, name, 0, size), 1, size + 1, name)
  local tokens, trainer, normalizer = { model = "llama", texts = {}, scores = {}, types = {} }, {}, {}
  for number, wire, value in m.field, m do
    if wire == BYTES and number == 1 then
      add_piece(tokens, value)
    elseif wire == BYTES and number == 2 then
      trainer = value:read(TRAINER)
    elseif wire == BYTES and number == 3 then
      normalizer = value:read(NORMALIZER)
    end
  end
  if trainer.model_type ~= MODEL_BPE then
    fail("E_VOCAB_MODEL", "%s: model type %d; only %d, BPE, is supported", name, trainer.model_type or 1, MODEL_BPE)
  end
  tokens.add_space_prefix = normalizer.add_dummy_prefix ~= 0
  return tokens
end

return spm
