-- expand.lua: the template engine. A template is C; lines whose first non-blank is `$` are Lua, `${expr}` splices a value.
-- One template line is one Lua line, so errors name templates/FILE:LINE. Inspired by XNNPACK's xngen.

-- "text ${a} text" -> a Lua expression that yields the spliced line.
local function splice(line)
  local parts, pos = {}, 1
  for s, e, stop in line:gmatch("()%$(%b{})()") do
    parts[#parts + 1] = ("%q"):format(line:sub(pos, s - 1))
    parts[#parts + 1] = "str(" .. e:sub(2, -2) .. ")"
    pos = stop
  end
  parts[#parts + 1] = ("%q"):format(line:sub(pos))
  return "out(" .. table.concat(parts, "..") .. ")"
end

local function compile(text)
  local code = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch("(.-)\n") do
    code[#code + 1] = line:match("^%s*%$([^{].*)$") or line:match("^%s*%$$") and "" or splice(line)
  end
  return table.concat(code, "\n")
end

-- Floats would print differently from what C reads back: values that matter reach C as integers or bit patterns.
local function str(v)
  if v == nil then error("nil splice", 2) end
  if math.type(v) == "float" then error("float splice", 2) end
  return tostring(v)
end

-- text: the template; env: the only globals it sees (a closed table: no io, no os); name: for error messages. Returns C text.
return function(text, env, name)
  local lines = {}
  local globals = setmetatable({ out = function(s) lines[#lines + 1] = s end, str = str },
    { __index = function(_, key)
      local v = env[key]
      if v == nil then error("template variable '" .. key .. "' is not set", 2) end
      return v
    end })
  local chunk, reason = load(compile(text), "@" .. name, "t", globals)
  if not chunk then error(reason, 0) end
  chunk()
  return table.concat(lines, "\n") .. "\n"
end
