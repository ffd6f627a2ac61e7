-- schedule.lua: graph -> graph. Marks the ops before which all threads must meet.
-- Requires: kernels chosen. Threads share out an op by its split; two ops need no barrier between them when they touch a value
-- by the same split, for then each thread meets only what it wrote itself.

local ops = require("gen.ops")

-- What a thread's share depends on. Equal keys: equal shares. For a batch, "copy" is "token".
local function split_key(g, op, batch)
  local split = ops[op.op].split
  if split == "copy" then return batch and "token" or "copy" end
  if split == "head" then return "head" .. op.heads end
  if split == "column" then return "column" .. g.values[op.out].n end
  return split
end

-- The order of the ops as it looks for a single token (batch = false) or for more. touched: reads and writes since the last
-- barrier, { [value] = { key, wrote } }.
local function new_view(g, batch) return { g = g, batch = batch, touched = {} } end

-- A copy is the thread's own: nobody else ever touches it.
local function is_private(view, name)
  local value = view.g.values[name]
  return not view.batch and value.type == "q8"
end

local function conflicts(view, name, key, writes)
  local t = view.touched[name]
  return t and not is_private(view, name) and t.key ~= key and (t.wrote or writes)
end

local function needs_barrier(view, op)
  local key = split_key(view.g, op, view.batch)
  if conflicts(view, op.out, key, true) then return true end
  for _, name in ipairs(op.ins) do
    if conflicts(view, name, key, false) then return true end
    -- attention reads what every thread stored: no split makes a cache private
    if view.g.values[name].type == "kv" and view.touched[name] then return true end
  end
  return false
end

local function touch(view, op)
  local function one(name, writes)
    local key, t = split_key(view.g, op, view.batch), view.touched[name]
    if t then
      t.wrote = t.wrote or writes
      if t.key ~= key then t.key = "mixed" end
    else
      view.touched[name] = { key = key, wrote = writes }
    end
  end
  one(op.out, true)
  for _, name in ipairs(op.ins) do one(name, false) end
end

-- What a batch of a kernel in tile order does with its values at once, instead of an op that follows: enum into of kernel.h.
local INTO = { add = "INTO_SUM", relu2_mul = "INTO_GATE" }

-- Sets op.into = { how, value } of matmuls whose values go into another op's; that op.merged, for only single tokens need it.
local function merge(g)
  for i, op in ipairs(g.ops) do
    local after = g.ops[i + 1]
    if op.kernel and op.kernel.tiled > 0 and not op.unit and op.weight.scale_per ~= "row" then
      local how = after and INTO[after.op]
      if how and not after.barrier and after.ins[2] == op.out and after.out == after.ins[1] then
        op.into, after.merged = { how = how, value = after.out }, true
      else
        op.into = { how = "INTO_EMPTY", value = op.out }
      end
    end
  end
end

local BLOCK = 32                               -- columns; Y_BLOCK of kernel.h

-- Sets value.blocks where a batch keeps an f32 value in blocks of columns, each of all tokens one after the other: what tiles
-- write and only norms read.
local function mark_blocks(g)
  local fits, normed = {}, {}
  local function see(name, good) fits[name] = fits[name] ~= false and (good or false) end
  for _, op in ipairs(g.ops) do
    for i, name in ipairs(op.ins) do
      see(name, op.op == "rms_quant" or op.merged or op.op == "matmul_rows" and i == 2)
      normed[name] = normed[name] or op.op == "rms_quant"
    end
    see(op.out, op.into ~= nil and op.into.value == op.out or op.merged)
  end
  for name, value in pairs(g.values) do
    value.blocks = fits[name] and normed[name] and value.type == "f32" and value.n % BLOCK == 0
  end
end

-- Sets op.run, the columns, where a run of ops that split the same columns begins, op.run_end where it ends: matmuls and an op
-- that reads what they have written. Not where that op is merged: a kernel in tile order begins too slowly to begin often
-- (gate and up of three layers of the 2B-4T shape take 9.2 million cycles instead of 9.7).
local function mark_runs(g)
  local first, count = nil, 0
  for i, op in ipairs(g.ops) do
    local after = g.ops[i + 1]
    first, count = first or op, count + 1
    local goes_on = after and not after.barrier and not ops[after.op].on_demand and ops[op.op].split == "column"
      and split_key(g, op) == split_key(g, after)
    if not goes_on then
      if count > 1 and not op.kernel and not op.merged then first.run, op.run_end = g.values[op.out].n, true end
      first, count = nil, 0
    end
  end
end

-- Sets op.barrier: true, or "batch" where only more than one token needs it; and op.phase: ops between two barriers that hold
-- for all share a phase (memory is planned by phases); and the runs.
return function(g)
  local one, more, phase = new_view(g, false), new_view(g, true), 1
  for _, op in ipairs(g.ops) do
    if needs_barrier(one, op) then
      one.touched, more.touched, phase = {}, {}, phase + 1
      op.barrier = true
    elseif needs_barrier(more, op) then
      more.touched = {}
      op.barrier = "batch"
    end
    op.phase = phase
    touch(one, op)
    touch(more, op)
  end
  g.phases = phase
  merge(g)
  mark_blocks(g)
  mark_runs(g)
  return g
end
