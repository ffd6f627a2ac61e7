-- schedule.lua: graph -> graph. Marks the ops before which all threads must meet.
-- Requires: kernels chosen. Threads share out an op by its split; two ops need no barrier between them when they touch a value
-- by the same split, for then each thread meets only what it wrote itself.

local ops = require("gen.ops")

-- What a thread's share depends on. Equal keys: equal shares.
local function split_key(g, op)
  local split = ops[op.op].split
  if split == "token" then return "token" end
  if split == "head" then return "head" .. op.heads end
  return "column" .. g.values[op.out].n
end

-- Writes and reads since the last barrier: { [value] = { key, wrote } }
local function conflicts(touched, name, key, writes)
  local t = touched[name]
  return t and t.key ~= key and (t.wrote or writes)
end

local function touch(touched, name, key, writes)
  local t = touched[name]
  if t then
    t.wrote = t.wrote or writes
    if t.key ~= key then t.key = "mixed" end
  else
    touched[name] = { key = key, wrote = writes }
  end
end

-- Sets op.barrier and op.phase (ops between two barriers share a phase; memory is planned by phases).
return function(g)
  local touched, phase = {}, 1
  for _, op in ipairs(g.ops) do
    local key, crosses = split_key(g, op), conflicts(touched, op.out, split_key(g, op), true)
    for _, name in ipairs(op.ins) do
      -- attention reads what every thread stored: no split makes a cache private
      crosses = crosses or conflicts(touched, name, key, false) or g.values[name].type == "kv" and touched[name]
    end
    if crosses then
      touched, phase = {}, phase + 1
      op.barrier = true
    end
    op.phase = phase
    touch(touched, op.out, key, true)
    for _, name in ipairs(op.ins) do touch(touched, name, key, false) end
  end
  g.phases = phase
  return g
end
