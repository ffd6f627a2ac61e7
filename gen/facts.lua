-- facts.lua: what only the weights can say: how many gates are positive, how many inputs of `down` are not 0, layer by layer.
-- tritc scan measures it; facts.lua in the folder of a build keeps it. Contract: docs/DESIGN.md ("Facts").

local decode_time = require("gen.decode_time")
local fail = require("gen.fail")

local facts = {}

local WORTH = 0.9          -- of the time that reading everything takes: what is saved must show

-- Time of an op that reads this share of its matrix, in packing `list`, over that of one that reads all, in packing `dense`; and
-- what its reading waits for.
function facts.cost(target, density, list, dense)
  local ns, limit = decode_time.listed(target, list)
  return density * ns / decode_time.whole(target, dense), limit
end

function facts.pays(...) return facts.cost(...) < WORTH end

-- layers: { [layer] = { up, down } }, densities as text (1 where there is none); hash: identity of the model. Returns the text
-- of facts.lua.
function facts.text(hash, n_layer, layers)
  local lines = { "-- facts.lua: written by tritc scan: the share of rows of up and of columns of down that a token reads.",
    "return {", ("  model = %q,"):format(hash) }
  for layer = 0, n_layer - 1 do
    local row = layers[layer] or {}
    lines[#lines + 1] = ("  [%d] = { up = %s, down = %s },"):format(layer, row.up or 1, row.down or 1)
  end
  return table.concat(lines, "\n") .. "\n}\n"
end

local function is_density(x) return math.type(x) and x >= 0 and x <= 1 end

local WORDS = { ["return"] = true, model = true, up = true, down = true }

-- A text without its comments, if it has nothing but a table's signs, numbers, strings of hexadecimal digits and the words above:
-- that cannot loop, nor call anything. Else nil.
local function data_of(text)
  text = text:gsub("%-%-[^\n]*", "")
  for word in text:gsub([=[(["'])%x*%1]=], ""):gmatch("%f[%w_][%a_][%w_]*") do
    if not WORDS[word] then return nil end
  end
  return not text:find([=[[^%w_%s{}%[%],.='"-]]=]) and text or nil
end

-- The table that a text of facts holds. name: for messages. E_FACTS.
function facts.parse(text, name, params)
  local chunk = load(data_of(text) or "", "=facts", "t", {})
  local ok, data = pcall(chunk or error)
  if not ok or type(data) ~= "table" then fail("E_FACTS", "%s is no table of facts", name) end
  if data.model ~= params.gguf.hash then fail("E_FACTS", "%s is about another model than %s", name, params.gguf.name) end
  for layer = 0, params.n_layer - 1 do
    local row = data[layer]
    if type(row) ~= "table" or not is_density(row.up) or not is_density(row.down) then
      fail("E_FACTS", "%s has no densities of layer %d", name, layer)
    end
  end
  return data
end

return facts
