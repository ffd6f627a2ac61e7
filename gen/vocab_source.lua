-- vocab_source.lua: the tokenizer keys of a GGUF, read by type; refusals and warnings begin with the file's name.
-- A source is { kv = of gguf.read, name = the file's, warnings = { strings } }.

local fail = require("gen.fail")

local vocab_source = {}

function vocab_source.refuse(source, error_name, format, ...)
  fail(error_name, "%s: " .. format, source.name, ...)
end

function vocab_source.warn(source, format, ...)
  source.warnings[#source.warnings + 1] = source.name .. ": " .. format:format(...)
end

-- The value of tokenizer.KEY, of a type like "u32" or "[string]"; nil if missing and not required.
function vocab_source.value(source, key, type, required)
  local entry = source.kv["tokenizer." .. key]
  if not entry then
    if required then vocab_source.refuse(source, "E_VOCAB_TYPE", "tokenizer.%s is missing", key) end
    return nil
  end
  local found = entry.type == "array" and "[" .. entry.elem .. "]" or entry.type
  if found ~= type then
    vocab_source.refuse(source, "E_VOCAB_TYPE", "tokenizer.%s is %s, not %s", key, found, type)
  end
  return entry.value
end

-- The bool tokenizer.KEY, or what holds where it is missing.
function vocab_source.flag(source, key, default)
  local value = vocab_source.value(source, key, "bool")
  if value == nil then return default end
  return value
end

-- The array tokenizer.KEY, one element for each of n tokens; nil if missing and not required.
function vocab_source.per_token(source, key, type, n, required)
  local values = vocab_source.value(source, key, type, required)
  if values and #values ~= n then
    vocab_source.refuse(source, "E_VOCAB_SIZE", "%d tokens but %d of tokenizer.%s", n, #values, key)
  end
  return values
end

return vocab_source
