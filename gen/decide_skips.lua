-- decide_skips.lua: where a model's facts come from, and what they decide: which layers skip rows of up, columns of down.
-- Contract: docs/DESIGN.md ("Facts and skipping").

local build = require("gen.build")
local facts = require("gen.facts")
local file = require("gen.file")
local pick_packing = require("gen.pick_packing")
local skip = require("gen.skip")

-- The facts of a model: of --facts, of the folder of an earlier build, of a scan if there is one; or nil. options.facts_text
-- keeps them for the folder. What the folder has of another model is no mistake of anybody: it is made anew.
local function find_facts(params, t, options, scan_model)
  local dir = build.folder(params, t, options)
  local path = options.facts or dir .. "/facts.lua"
  if options.facts or file.exists(path) then
    local text = file.read(path)
    local ok, data = pcall(facts.parse, text, path, params)
    if not ok and options.facts then error(data, 0) end
    if ok then
      options.facts_text = text
      return data
    end
  end
  if not scan_model then return nil end
  build.check_tools(t, options)
  build.make_folder(dir)
  options.facts_text = scan_model(params, dir)
  if options.facts_text then return facts.parse(options.facts_text, "the scan", params) end
  io.stderr:write("warning: no facts: the model does not read the text of the scan; nothing is skipped\n")
end

-- Returns function(layer) -> whether up skips rows, whether down skips columns. options.skip: auto (or nil), all or none;
-- scan_model: function(params, dir) that makes facts where there are none, or nil. Sets graph.facts where they decide.
return function(g, t, options, scan_model)
  local mode = options.skip or "auto"
  if mode ~= "auto" or #skip.find(g) == 0 then return function() return mode == "all", mode == "all" end end
  g.facts = find_facts(g.params, t, options, scan_model)
  if not g.facts then return function() return false, false end end
  local dense = pick_packing.pick(g, t, options.packing)
  return function(layer)
    local row = g.facts[layer]
    return facts.pays(t, row.up, "t2r", dense), facts.pays(t, row.down, "t2c", dense)
  end
end
