-- json.lua: Lua values as JSON text. Objects are arrays of { key, value } pairs, so that their order is the writer's.

local json = {}

local function escape(s)
  return '"' .. s:gsub('[%c"\\\127-\255]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

-- pairs_list: { { key, value }, ... }; values are strings, booleans, integers, floats (three decimals) or json.null.
function json.object(pairs_list)
  local lines = {}
  for i, pair in ipairs(pairs_list) do
    local value = pair[2]
    local text = value == json.null and "null" or type(value) == "string" and escape(value)
      or math.type(value) == "float" and ("%.3f"):format(value) or tostring(value)
    lines[i] = ("  %s: %s"):format(escape(pair[1]), text)
  end
  return "{\n" .. table.concat(lines, ",\n") .. "\n}\n"
end

json.null = setmetatable({}, { __tostring = function() return "null" end })

return json
