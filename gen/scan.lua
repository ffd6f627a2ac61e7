-- scan.lua: measures the facts of a model (gen/facts.lua) by running it: a program that skips everywhere, built for this machine
-- in a temporary folder, reads a text, continues it, and says what it has read of its matrices.

local fail = require("gen.fail")
local facts = require("gen.facts")
local shell = require("gen.shell")

local CTX = 512            -- positions of that program: a text must fit
local TEXT = "The old man sat by the window and looked at the sea."
local REPLY = 128          -- tokens that the model adds, sampled with the default seed

-- A temporary folder that is gone when its variable goes out of scope. It will hold an image, which is as large as that of the
-- build: `parent` has room for that, where a /tmp in memory may not.
local function scratch(parent)
  local path = shell.capture({ "mktemp", "-d", parent and "-p" .. parent }) or fail("E_OUT_CREATE", "mktemp -d failed")
  return setmetatable({ path = path:gsub("\n$", "") }, { __close = function(f) shell.try({ "rm", "-rf", "--", f.path }) end })
end

-- params: of the model; text: a file, or nil; parent: a folder for what is temporary, or nil; options: of the command;
-- make: function(options) that builds a program and returns its path. Returns the text of facts.lua, or nil if that program does
-- not read the text.
return function(params, text, parent, options, make)
  local dir <close> = scratch(parent)
  io.stderr:write("scan: building and running a program that says what zeros there are\n")
  local program = make { operand = options.operand, pre = options.pre, i2s_layout = options.i2s_layout,
    tl_config = options.tl_config, skip = "all", packing = "t2", ctx = math.min(CTX, params.n_ctx_train), chat = "plain",
    output = dir.path, quiet = true }
  local argv = { program, "run", "--density", "-b", "1", "-n", tostring(REPLY) }
  table.move(text and { "-f", text } or { TEXT }, 1, 2, #argv + 1, argv)
  local output = shell.capture(argv)
  if not output then return nil end
  local layers = {}
  for layer, kind, density in output:gmatch("(%d+) (%l+) ([%d.]+)\n") do
    layer = math.tointeger(tonumber(layer))
    layers[layer] = layers[layer] or {}
    layers[layer][kind == "rows" and "up" or "down"] = density
  end
  return facts.text(params.gguf.hash, params.n_layer, layers)
end
