-- known_models.lua: the tables of models/: facts of published models, for synth, for lists, and for known answers.

local fail = require("gen.fail")
local shell = require("gen.shell")

local known_models = {}

-- All models, by file name and in the order of the file: a file is one table or a list of them. Fields: models/README.md.
function known_models.list(root)
  local list = {}
  local listing = shell.capture({ "ls", root .. "/models" }) or fail("E_INTERNAL", "cannot list models/")
  for file_name in listing:gmatch("([^\n]+%.lua)\n") do
    local chunk, reason = loadfile(root .. "/models/" .. file_name, "t", {})
    if not chunk then fail("E_INTERNAL", "%s", reason) end
    local models = chunk()
    if models.name then models = { models } end
    table.move(models, 1, #models, #list + 1, list)
  end
  return list
end

-- The table of this name, or nil. E_MODEL_ARCH for one that is known and cannot be built.
function known_models.find(root, name)
  for _, m in ipairs(known_models.list(root)) do
    if m.name == name then
      if m.unsupported then fail("E_MODEL_ARCH", "%s: %s is not supported: %s", name, m.arch, m.unsupported) end
      return m
    end
  end
end

local function sha256(path)
  local line = path and shell.capture({ "sha256sum", "--", path })
  return line and line:match("^\\?(%x+)")        -- the backslash: a name that holds one
end

-- The known model that the file of a header of gguf.read is, or nil: by model_hash, or by size and sha256. The size alone would
-- take a fine-tuned file for the published one, and the whole file is read only where the size is right.
function known_models.identify(root, header)
  for _, m in ipairs(known_models.list(root)) do
    if m.model_hash == header.hash then return m end
    if m.sha256 and not m.model_hash and m.bytes == header.file_size and sha256(header.path) == m.sha256 then return m end
  end
end

return known_models
