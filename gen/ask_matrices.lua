-- ask_matrices.lua: what only the data of a file can tell about its ternary matrices: a C program (templates/ask*.c), compiled
-- and run here, prints a line of numbers for each. Used by gen/analyze.lua and gen/scales.lua.

local emit_build = require("gen.emit_build")
local emit_model = require("gen.emit_model")
local host_tool = require("gen.host_tool")
local read_matrices = require("gen.read_matrices")

local function program(root, m, list, question, options)
  local env, total, source_max, k_max = { matrices = {} }, 0, 1, 1
  for i, w in ipairs(list) do
    env.matrices[i] = { text = read_matrices.text(w, options) }
    total, source_max, k_max = total + w.bytes, math.max(source_max, w.bytes), math.max(k_max, w.k)
  end
  env.total, env.source_max, env.k_max, env.question = total, source_max, k_max, question
  env.unpackers = read_matrices.unpackers(root, list, options)
  env.file_size, env.data_offset, env.model_id = m.gguf.file_size, m.gguf.data_offset, m.gguf.hash
  local texts = {}
  for i, name in ipairs { "ask", "read", "matrices", question, "ask_main" } do
    texts[i] = emit_model.render(root, name, env, {})
  end
  return table.concat(texts)
end

-- m: of gen/model.lua; list: some of its ternary matrices; question: the template that answers, a gen/ file of that name knows
-- what the numbers mean; cc: the compiler, or nil; options: i2s_layout and tl_config of the command. Returns a list of numbers
-- for each matrix. E_MODEL_*, E_READ, E_TOOL.
return function(root, m, list, question, cc, options)
  local runtime = root .. "/runtime"
  local text, code = host_tool.read {
    name = question, text = program(root, m, list, question, options), cc = cc,
    sources = { "-I" .. runtime, runtime .. "/error.c" }, files = { { name = "errors.h", text = emit_build.errors_h() } },
    arguments = function() return { m.gguf.path } end,
  }
  if not text then error({ exit = code }, 0) end       -- the program has said why
  local answers = {}
  for line in text:gmatch("[^\n]+") do
    local numbers = {}
    for word in line:gmatch("%S+") do numbers[#numbers + 1] = tonumber(word) end
    answers[#answers + 1] = numbers
  end
  return answers
end
