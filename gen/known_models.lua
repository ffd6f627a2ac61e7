-- known_models.lua: the tables of models/: facts of published models, for synth, for lists, and for known answers.

local fail = require("gen.fail")
local shell = require("gen.shell")

local known_models = {}

-- All tables, sorted by file name.
function known_models.list(root)
  local list = {}
  local listing = shell.capture({ "ls", root .. "/models" }) or fail("E_INTERNAL", "cannot list models/")
  for file_name in listing:gmatch("([^\n]+%.lua)\n") do
    local chunk, reason = loadfile(root .. "/models/" .. file_name, "t", {})
    if not chunk then fail("E_INTERNAL", "%s", reason) end
    list[#list + 1] = chunk()
  end
  return list
end

-- The table of this name, or nil.
function known_models.find(root, name)
  for _, m in ipairs(known_models.list(root)) do
    if m.name == name then return m end
  end
end

return known_models
