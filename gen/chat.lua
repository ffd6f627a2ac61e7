-- chat.lua: recognises a model's chat family from the text of its template, which is never evaluated.
-- The families themselves, with their exact strings, are in runtime/chat.c.

local chat = {}

chat.KNOWN = { bitnet = true, llama3 = true, plain = true }

-- A family holds where all of its marks occur in the template; the first that holds wins.
local FAMILIES = {
  { name = "llama3", marks = { "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>" } },
  { name = "bitnet", marks = { "BITNET" } },                       -- the mark llama.cpp goes by
  { name = "bitnet", marks = { "capitalize", "<|eot_id|>" } },     -- the template published with the weights
}

local function holds(family, template)
  for _, mark in ipairs(family.marks) do
    if not template:find(mark, 1, true) then return false end
  end
  return true
end

-- kv: of gen/gguf.lua. Returns the family's name: "plain" without a template, "unknown" for one that is none of the above.
function chat.recognise(kv)
  local entry = kv["tokenizer.chat_template"]
  if not entry or entry.type ~= "string" then return "plain" end
  for _, family in ipairs(FAMILIES) do
    if holds(family, entry.value) then return family.name end
  end
  return "unknown"
end

return chat
