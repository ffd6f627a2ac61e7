-- scan.lua: measures the facts of a model (gen/facts.lua) by running it: a program that skips everywhere, built for this machine
-- in a temporary folder, reads a text, continues it, and says what it has read of its matrices.

local fail = require("gen.fail")
local facts = require("gen.facts")
local shell = require("gen.shell")

local CTX = 512            -- positions of that program: a text must fit
local TEXT = "The old man sat by the window and looked at the sea."
local REPLY = 128          -- tokens that the model adds, sampled with the default seed

-- A temporary folder that is gone when its variable goes out of scope.
local function scratch()
  local path = shell.capture({ "mktemp", "-d" }) or fail("E_OUT_CREATE", "mktemp -d failed")
  return setmetatable({ path = path:match("[^\n]+") }, { __close = function(f) shell.try({ "rm", "-rf", "--", f.path }) end })
end

-- params: of the model; text: a file, or nil; options: of the command; make: function(options) that builds a program and returns
-- its path. Returns the text of facts.lua.
return function(params, text, options, make)
  local dir <close> = scratch()
  io.stderr:write("scan: building and running a program that says what zeros there are\n")
  local program = make { operand = options.operand, pre = options.pre, skip = "all", packing = "t2",
    ctx = math.min(CTX, params.n_ctx_train), output = dir.path }
  local argv = { program, "run", "--density", "-b", "1", "-n", tostring(REPLY) }
  table.move(text and { "-f", text } or { TEXT }, 1, 2, #argv + 1, argv)
  local output = shell.capture(argv) or fail("E_FACTS", "the model does not read the text of the scan")
  local layers = {}
  for layer, kind, density in output:gmatch("(%d+) (%l+) ([%d.]+)\n") do
    layer = math.tointeger(tonumber(layer))
    layers[layer] = layers[layer] or {}
    layers[layer][kind == "rows" and "up" or "down"] = density
  end
  return facts.text(params.gguf.hash, params.n_layer, layers)
end
