-- tok_reference.lua: both tokenizers again, naively, from their definitions: the judge of runtime/tok_*.c.
-- The regular expressions run as text through a small backtracking matcher; merging is quadratic.

local reference = {}

-- Expressions by pre-tokenizer, as llama.cpp lists them; each applies inside every chunk of the last.
local GPT2 = [['s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)]]
local LLAMA3 = [[(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}]]
  .. [[| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+]]
local PUNCT_TICK = [[[\p{P}\$\+<=>\^~\|`]+]]
reference.EXPRESSIONS = {
  llama3 = { LLAMA3 },
  qwen2 = { (LLAMA3:gsub("{1,3}", "")) },
  ["gpt-2"] = { GPT2 },
  default = { [[[\p{P}\$\+<=>\^~\|]+]], GPT2, [[\p{N}+]], "[0-9][0-9][0-9]" },
  falcon = { PUNCT_TICK, GPT2, "[0-9][0-9][0-9]" },
  falcon3 = { PUNCT_TICK, GPT2, "[0-9]" },
  starcoder = { [[\p{N}]], GPT2 },
}

-- A matcher is a function (text, i, continue): text is an array of { code, class }; continue(j) is
-- called with every place where the match may end, best first, until it returns true.

local function one(accepts)
  return function(text, i, continue)
    return text[i] ~= nil and accepts(text[i]) and continue(i + 1)
  end
end

local function sequence(items)
  return function(text, i, continue)
    local function from(k, at)
      if k > #items then return continue(at) end
      return items[k](text, at, function(j) return from(k + 1, j) end)
    end
    return from(1, i)
  end
end

local function alternatives(items)
  return function(text, i, continue)
    for _, item in ipairs(items) do
      if item(text, i, continue) then return true end
    end
    return false
  end
end

local function repeated(item, least, most)
  return function(text, i, continue)
    local function from(count, at)
      local function more(j) return from(count + 1, j) end
      return count < most and item(text, at, more) or count >= least and continue(at)
    end
    return from(0, i)
  end
end

local function not_followed_by(item)
  return function(text, i, continue)
    return not item(text, i, function() return true end) and continue(i)
  end
end

-- The parser: each function takes the expression and a place in it; returns what it read and the
-- place behind it.
local parse_alternatives

local function in_class(class) return function(c) return c.class == class end end

local function is_code(code, fold)
  if not fold then return function(c) return c.code == code end end
  return function(c) return c.code < 128 and utf8.char(c.code):lower() == utf8.char(code):lower() end
end

local function parse_escape(e, at)
  local property = e:match("^p{(%u)}", at)
  if property then return in_class(property), at + 4 end
  local c = e:sub(at, at)
  if c == "s" then return in_class("S"), at + 1 end
  if c == "S" then return function(x) return x.class ~= "S" end, at + 1 end
  return is_code(({ r = 13, n = 10 })[c] or c:byte()), at + 1
end

local function parse_set(e, at)
  local members, negated = {}, e:sub(at, at) == "^"
  if negated then at = at + 1 end
  while e:sub(at, at) ~= "]" do
    local low, high = e:match("^(%w)%-(%w)", at)
    if low then
      members[#members + 1] = function(c) return low:byte() <= c.code and c.code <= high:byte() end
      at = at + 3
    elseif e:sub(at, at) == "\\" then
      members[#members + 1], at = parse_escape(e, at + 1)
    else
      members[#members + 1], at = is_code(e:byte(at)), at + 1
    end
  end
  return function(c)
    local inside = false
    for _, member in ipairs(members) do inside = inside or member(c) end
    return inside ~= negated
  end, at + 1
end

local function parse_atom(e, at, fold)
  local accepts
  if e:match("^%(%?i:", at) then return parse_alternatives(e, at + 4, true) end
  if e:match("^%(%?!", at) then
    local item, next_at = parse_alternatives(e, at + 3, fold)
    return not_followed_by(item), next_at
  end
  local c = e:sub(at, at)
  if c == "[" then accepts, at = parse_set(e, at + 1)
  elseif c == "\\" then accepts, at = parse_escape(e, at + 1)
  else accepts, at = is_code(c:byte(), fold), at + 1 end
  return one(accepts), at
end

local QUANTIFIERS = { ["?"] = { 0, 1 }, ["*"] = { 0, math.huge }, ["+"] = { 1, math.huge } }

local function parse_sequence(e, at, fold)
  local items = {}
  while at <= #e and not e:find("^[|)]", at) do
    local item
    item, at = parse_atom(e, at, fold)
    local q, low, high = QUANTIFIERS[e:sub(at, at)], e:match("^{(%d),(%d)}", at)
    if q then item, at = repeated(item, q[1], q[2]), at + 1 end
    if low then item, at = repeated(item, tonumber(low), tonumber(high)), at + 5 end
    items[#items + 1] = item
  end
  return sequence(items), at
end

function parse_alternatives(e, at, fold)
  local items = {}
  repeat
    items[#items + 1], at = parse_sequence(e, at, fold)
    local separator = e:sub(at, at)
    at = at + 1
  until separator ~= "|"
  return alternatives(items), at
end

-- Splits one chunk: what matches and what lies between become chunks.
local function split(matcher, chunk)
  local chunks, gap, at = {}, {}, 1
  local function close_gap()
    if #gap > 0 then chunks[#chunks + 1], gap = gap, {} end
  end
  while at <= #chunk do
    local stop = at
    matcher(chunk, at, function(j) stop = j return true end)
    if stop > at then
      close_gap()
      chunks[#chunks + 1] = table.move(chunk, at, stop - 1, 1, {})
      at = stop
    else
      gap[#gap + 1] = chunk[at]
      at = at + 1
    end
  end
  close_gap()
  return chunks
end

-- Pieces of text, as strings. class_of: by code point, "L", "N", "P", "S" (white space) or anything else.
function reference.pieces(expressions, text, class_of)
  local characters = {}
  for _, code in utf8.codes(text, true) do
    characters[#characters + 1] = { code = code, class = class_of(code) }
  end
  local chunks = { characters }
  for _, expression in ipairs(expressions) do
    local matcher = parse_alternatives(expression, 1, false)
    local finer = {}
    for _, chunk in ipairs(chunks) do
      for _, part in ipairs(split(matcher, chunk)) do finer[#finer + 1] = part end
    end
    chunks = finer
  end
  for i, chunk in ipairs(chunks) do
    for k, c in ipairs(chunk) do chunk[k] = utf8.char(c.code) end
    chunks[i] = table.concat(chunk)
  end
  return chunks
end

-- GPT-2's alphabet: the printable Latin-1 characters stand for themselves, the others are 256, 257 ...
local alphabet, printable = {}, {}
for _, range in ipairs { { 33, 126 }, { 161, 172 }, { 174, 255 } } do
  for b = range[1], range[2] do printable[b] = true end
end
local others = 0
for b = 0, 255 do
  alphabet[b] = utf8.char(printable[b] and b or 256 + others)
  if not printable[b] then others = others + 1 end
end

-- Bytes in the form of token texts and merges.
function reference.mapped(bytes)
  return (bytes:gsub(".", function(c) return alphabet[c:byte()] end))
end

-- Ids of one piece. model = { id_of = { [text] = id }, rank_of = { ["left right"] = rank },
-- whole = { [text] = id } of the tokens that a piece may be whatever the merges say, or nil }.
function reference.bpe(model, piece)
  local text, symbols = reference.mapped(piece), {}
  if model.whole and model.whole[text] then return { model.whole[text] } end
  for _, code in utf8.codes(text) do symbols[#symbols + 1] = utf8.char(code) end
  while true do
    local best, best_rank = nil, math.huge
    for i = 1, #symbols - 1 do
      local rank = model.rank_of[symbols[i] .. " " .. symbols[i + 1]]
      if rank and rank < best_rank then best, best_rank = i, rank end
    end
    if not best then break end
    symbols[best] = symbols[best] .. table.remove(symbols, best + 1)
  end
  for i, symbol in ipairs(symbols) do symbols[i] = model.id_of[symbol] end
  return symbols
end

-- Ids of a text between special tokens. model = { id_of, score_of = { [text] = score } of the tokens that characters may
-- be merged to }. The pair that makes the token of the highest score is merged first, the leftmost of equals.
function reference.spm(model, text)
  local symbols, ids = {}, {}
  for _, code in utf8.codes(text) do symbols[#symbols + 1] = code == 32 and "▁" or utf8.char(code) end
  while true do
    local best, best_score
    for i = 1, #symbols - 1 do
      local score = model.score_of[symbols[i] .. symbols[i + 1]]
      if score and (not best or score > best_score) then best, best_score = i, score end
    end
    if not best then break end
    symbols[best] = symbols[best] .. table.remove(symbols, best + 1)
  end
  for _, symbol in ipairs(symbols) do
    if model.score_of[symbol] then ids[#ids + 1] = model.id_of[symbol]
    else
      for byte in symbol:gmatch(".") do ids[#ids + 1] = model.id_of[("<0x%02X>"):format(byte:byte())] end
    end
  end
  return ids
end

-- Cuts the fragments of text, strings or ids, at each special { text, id }, the longest first.
local function partition(text, specials)
  local fragments = { text }
  for _, special in ipairs(specials) do
    local finer = {}
    for _, fragment in ipairs(fragments) do
      local at = 1
      while type(fragment) == "string" do
        local first, last = fragment:find(special.text, at, true)
        if not first then break end
        if first > at then finer[#finer + 1] = fragment:sub(at, first - 1) end
        finer[#finer + 1] = special.id
        at = last + 1
      end
      if type(fragment) ~= "string" then finer[#finer + 1] = fragment
      elseif at <= #fragment then finer[#finer + 1] = fragment:sub(at) end
    end
    fragments = finer
  end
  return fragments
end

-- The ids of a fragment of text that is none of the specials.
local function encode_fragment(model, fragment, expressions, class_of)
  if model.spm then return reference.spm(model, (model.no_space and "" or " ") .. fragment) end
  local ids = {}
  for _, piece in ipairs(reference.pieces(expressions, fragment, class_of)) do
    for _, id in ipairs(reference.bpe(model, piece)) do ids[#ids + 1] = id end
  end
  return ids
end

-- Ids of text. specials: sorted by length descending, then id; expressions, class_of: as for pieces. With model.spm
-- SentencePiece, which knows neither; with model.no_space nothing is put in front.
function reference.encode(model, expressions, class_of, specials, text)
  local ids = {}
  for _, fragment in ipairs(partition(text, specials)) do
    local part = type(fragment) == "string" and encode_fragment(model, fragment, expressions, class_of) or { fragment }
    table.move(part, 1, #part, #ids + 1, ids)
  end
  return ids
end

return reference
