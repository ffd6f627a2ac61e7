-- chat.lua: recognises a model's chat family from the text of its template, which is never evaluated.
-- The families themselves, with their exact strings, are in runtime/chat.c, in the same order.

local chat = {}

chat.NAMES = { "bitnet", "llama3", "falcon3", "falcon-e", "chatml", "chatml-think", "chatml-no-think", "minicpm", "plain" }

-- A template that always closes an empty think block, with \n written out or as a newline.
local function always_empty_thought(template)
  return template:find("<think>\\n\\n</think>", 1, true) or template:find("<think>\n\n</think>", 1, true)
end

-- A family holds where all of its marks occur in the template and none of `never`; the first that holds wins. Marks and order
-- are llama.cpp's, but for the three kinds of chatml. falcon-e has none: as in llama.cpp, it is there for who names it.
local FAMILIES = {
  { name = "chatml-no-think", marks = { "<|im_start|>" }, never = { "enable_thinking" }, also = always_empty_thought },
  { name = "chatml-think", marks = { "<|im_start|>", "</think>" } },
  { name = "chatml", marks = { "<|im_start|>" } },
  { name = "falcon3", marks = { "<|assistant|>", "<|user|>" }, never = { "<|end|>", "[gMASK]" } },     -- Phi-3, ChatGLM
  { name = "llama3", marks = { "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>" } },
  { name = "minicpm", marks = { "<用户>" } },
  { name = "bitnet", marks = { "BITNET" } },                       -- the mark llama.cpp goes by
  { name = "bitnet", marks = { "capitalize", "<|eot_id|>" } },     -- the template published with the weights
}

local function holds(family, template)
  for _, mark in ipairs(family.marks) do
    if not template:find(mark, 1, true) then return false end
  end
  for _, mark in ipairs(family.never or {}) do
    if template:find(mark, 1, true) then return false end
  end
  return not family.also or family.also(template)
end

function chat.is_known(name)
  for _, known in ipairs(chat.NAMES) do
    if known == name then return true end
  end
  return false
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
