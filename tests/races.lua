-- races.lua: what threads touch of which value, worked out from the ops range by range: the judge of schedule and plan.
-- find(g), overlap(g), misplaced(g), image_fault(g): nil, or a sentence that says what is wrong.

local ops = require("gen.ops")
local packings = require("gen.packings")

local races = {}

local TOKENS, THREADS = { 1, 3, 5 }, { 2, 3, 7 }

-- ---- what a thread touches: { value, token, from, to (columns), writes }; to = -1: the whole row ----

local function share(count, thread, threads) return count * thread // threads, count * (thread + 1) // threads - 1 end

local accesses = {}

-- Whole rows of the thread's tokens.
function accesses.token(op, touch, share_of, n)
  local from, to = share_of(n)
  for token = from, to do
    for _, name in ipairs(op.ins) do touch(name, token, 0, -1, false) end
    touch(op.out, token, 0, -1, true)
  end
end

-- The same, but of a single token every thread writes its own copy.
function accesses.copy(op, touch, share_of, n)
  if n > 1 then return accesses.token(op, touch, share_of, n) end
  touch(op.ins[1], 0, 0, -1, false)
  touch(op.out, 0, 0, -1, true, "own")
end

-- The thread's columns, in whole units, of every token. A product needs all of its input.
function accesses.column(op, touch, share_of, n, g)
  local unit = g.kernels[1].unit
  local from, to = share_of((g.values[op.out].n + unit - 1) // unit)
  if from > to then return end
  local product = ops[op.op].macs(op) > 0
  for token = 0, n - 1 do
    for i, name in ipairs(op.ins) do
      local own = n == 1 and g.values[name].type == "q8" and "own" or nil
      local whole = product and i == 1            -- not the gate of matmul_rows
      touch(name, token, whole and 0 or from * unit, whole and -1 or (to + 1) * unit - 1, false, own)
    end
    touch(op.out, token, from * unit, (to + 1) * unit - 1, true)
  end
end

-- The columns of one head of one token, item by item. Attention reads the caches of all tokens up to its own.
function accesses.head(op, touch, share_of, n)
  local from, to = share_of(n * op.heads)
  for item = from, to do
    local token, column = item // op.heads, item % op.heads * op.head_dim
    touch(op.ins[1], token, column, column + op.head_dim - 1, false)
    touch(op.out, token, column, column + op.head_dim - 1, true)
    for i = 2, #op.ins do
      local kv_column = item % op.heads // (op.heads // op.heads_kv) * op.head_dim
      for earlier = 0, token do touch(op.ins[i], earlier, kv_column, kv_column + op.head_dim - 1, false) end
    end
  end
end

local SPLIT = { embed = "token", rms = "token", quant = "copy", rms_quant = "copy", scale = "token", unit = "token",
  matmul = "column", matmul_rows = "column", matmul_columns = "column", add = "column", add_scaled = "column",
  relu2_mul = "column", silu_mul = "column", gelu_mul = "column", head = "column", head_rms = "head", rope = "head",
  store = "head", attention = "head" }

local ON_DEMAND = { head = true, unit = true }    -- their result lies apart, one row

-- ---- races ----

local function meets(a, b)
  return (a.writes or b.writes) and (a.to < 0 or b.from <= a.to) and (b.to < 0 or a.from <= b.to)
end

-- Two accesses of different threads without a barrier between them, one of them a write.
local function race_with(g, n, threads)
  local since = {}                     -- [value:token] = accesses since the last barrier
  for i, op in ipairs(g.ops) do
    if op.barrier == true or op.barrier and n > 1 then since = {} end
    for thread = 0, threads - 1 do
      local found
      local function touch(name, token, from, to, writes, own)
        local key = name .. ":" .. (own and "copy of thread " .. thread or token)
        local mine = { thread = thread, op = i, from = from, to = to, writes = writes }
        since[key] = since[key] or {}
        for _, other in ipairs(since[key]) do
          if other.thread ~= thread and meets(other, mine) then
            found = ("%s: ops %d and %d (%d tokens, %d threads)"):format(key, other.op, i, n, threads)
          end
        end
        table.insert(since[key], mine)
      end
      accesses[SPLIT[op.op]](op, touch, function(count) return share(count, thread, threads) end, n, g)
      if found then return found end
    end
  end
end

function races.find(g)
  for _, n in ipairs(TOKENS) do
    for _, threads in ipairs(THREADS) do
      local found = race_with(g, n, threads)
      if found then return found end
    end
  end
end

-- ---- memory ----

-- [value name] = { first phase, last phase } in which an op touches it; caches live for ever.
local function lives(g)
  local life, phase = {}, 1
  for _, op in ipairs(g.ops) do
    if op.barrier == true then phase = phase + 1 end    -- a barrier of batches alone parts nothing for a single token
    for _, name in ipairs({ op.out, table.unpack(op.ins) }) do
      life[name] = life[name] or { phase, phase }
      life[name][2] = phase
    end
  end
  for name, value in pairs(g.values) do
    if value.type == "kv" then life[name] = { 0, math.huge } end
  end
  return life
end

function races.overlap(g)
  local life, names = lives(g), {}
  for name in pairs(g.values) do names[#names + 1] = name end
  table.sort(names)
  for i, a in ipairs(names) do
    for j = i + 1, #names do
      local b = names[j]
      local va, vb = g.values[a], g.values[b]
      local at_once = life[a][1] <= life[b][2] and life[b][1] <= life[a][2]
      if at_once and va.offset < vb.offset + vb.bytes and vb.offset < va.offset + va.bytes then return a .. " and " .. b end
    end
  end
end

local function round_up(n, unit) return (n + unit - 1) // unit * unit end

-- Bytes that the templates read or write of a value, at least.
local function bytes_touched(g, op, value)
  local unit = g.kernels[1].unit
  if ON_DEMAND[op.op] then return round_up(value.n, 16) * 4 end
  if value.type == "kv" then return g.arena.cache_rows * op.heads * round_up(op.head_dim, 16) * 2 end
  if value.type == "q8" then return math.max(g.sizes.batch, g.sizes.threads) * (64 + round_up(value.n, 16)) end
  -- what a batch puts into another value at once has rows of smaller ones only
  local rows = op.into and op.into.value ~= op.out and op.kernel.tiled - 1 or g.sizes.batch
  return (rows - 1) * value.row_bytes + round_up(value.n, unit) * 4
end

function races.misplaced(g)
  local scores = g.arena.scores_offset
  for _, op in ipairs(g.ops) do
    local value = g.values[op.out]
    local last = value.offset + bytes_touched(g, op, value)
    local row = value.row_bytes or 64
    if value.offset % 64 ~= 0 or row % 64 ~= 0 then return op.out .. " is not aligned" end
    if value.offset < g.arena.state then return op.out .. " lies in the state" end
    if value.bytes < last - value.offset then return op.out .. " has too few bytes" end
    if last > (ON_DEMAND[op.op] and g.arena.bytes or scores) then return op.out .. " reaches too far" end
    local whole_units = round_up(value.n, g.kernels[1].unit) * 4
    if value.type == "f32" and not ON_DEMAND[op.op] and row < whole_units then return op.out .. " has short rows" end
  end
  local stride = g.arena.scores_stride
  if stride < round_up(g.sizes.ctx, 16) * 4 or stride % 64 ~= 0 then return "short rows of scores" end
  for _, op in ipairs(g.ops) do
    local rows = op.op == "attention" and op.heads + g.sizes.threads * op.heads // op.heads_kv or 0
    if scores + rows * stride > g.arena.scratch_offset then return "scores reach too far" end
  end
  for _, k in ipairs(g.kernels) do
    if g.arena.scratch_stride < k.scratch then return "short scratch" end
  end
  if g.arena.scratch_offset + g.sizes.threads * g.arena.scratch_stride > g.arena.logits_offset then
    return "scratch reaches into the logits"
  end
end

function races.image_fault(g)
  local top = 4096                     -- the header page
  for _, entry in ipairs(g.image.entries) do
    if entry.offset % 64 ~= 0 then return entry.name .. " is not aligned" end
    if entry.offset < top then return entry.name .. " reaches into its neighbour" end
    top = entry.offset + entry.bytes
    local w = entry.weight
    local packing = w and w.kernel and packings[w.kernel.packing]
    local least = packing and (w.rows * w.k * packing.bytes) // (16 * packing.step)
    if least and entry.bytes < least then return entry.name .. " has too few bytes" end
  end
  if top > g.image.bytes then return "the image is too short" end
end

return races
