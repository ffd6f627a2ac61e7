-- plan.lua: graph -> graph. Gives every value its place in the arena, by liveness.
-- Requires: scheduled graph. Two values may share bytes only if no phase needs both (greedy by size, as TVM's USMP does).

local ops = require("gen.ops")
local round_up = require("gen.round_up")

local ALIGN = 64
local STATE_BYTES = 4096   -- struct model of runtime/engine.c at the start of the arena
local Q8_ROUND = 768       -- every packing's step divides it, and 64
local Q8_HEADER = 64       -- before each quantised row: f32 scale, i32 sum of the row, padding

-- Bytes of one token's row. f32 rows are padded to 64 elements: kernels write whole tiles, lanes read whole sixteens. Where op
-- quantises by units, each has its header.
local function row_bytes(op, value)
  if value.type ~= "q8" then return round_up(value.n, 64) * 4 end
  if not op.unit then return Q8_HEADER + round_up(value.n, Q8_ROUND) end
  return (value.n + op.unit - 1) // op.unit * (Q8_HEADER + round_up(op.unit, 64))
end

-- A cache holds f16 [kv head][rows][head_dim padded to 16], one row per position.
local function cache_bytes(op, rows)
  return op.heads * rows * round_up(op.head_dim, 16) * 2
end

-- Rows of attention scores: one per head, which all threads share, and for every thread a group of heads of some tokens.
local function score_rows(g, threads)
  local most = 0
  for _, op in ipairs(g.ops) do
    if op.op == "attention" then most = math.max(most, op.heads + threads * ops.attention.tokens * (op.heads // op.heads_kv)) end
  end
  return most
end

-- Bytes of a thread's scratch: a kernel's panel, or the list of an op that skips and, of columns, the thread's part of the sums.
local function scratch_bytes(g)
  local most = 0
  for _, op in ipairs(g.ops) do
    local k = op.kernel
    if k then most = math.max(most, k.scratch) end
    if op.op == "matmul_rows" then most = math.max(most, round_up(op.weight.rows, 64) * 4) end
    if op.op == "matmul_columns" then most = math.max(most, round_up(k.k, 64) * 4 + k.rows_pad * 4) end
  end
  return most
end

local function lifetimes(g)
  local last_phase = {}
  for _, op in ipairs(g.ops) do
    for _, name in ipairs(op.ins) do last_phase[name] = op.phase end
    last_phase[op.out] = op.phase
  end
  return last_phase
end

-- Lowest aligned offset at which [offset, offset + bytes) meets no placed value that lives at the same time.
local function lowest_gap(placed, value)
  local busy = {}
  for _, other in ipairs(placed) do
    if other.from <= value.to and value.from <= other.to then busy[#busy + 1] = other end
  end
  table.sort(busy, function(a, b) return a.offset < b.offset end)
  local offset = 0
  for _, other in ipairs(busy) do
    if offset + value.bytes <= other.offset then break end
    offset = math.max(offset, round_up(other.offset + other.bytes, ALIGN))
  end
  return offset
end

-- One per token or thread, in sixteens where kernels take tiles of tokens.
local function q8_rows(g, sizes)
  local rows = math.max(sizes.batch, sizes.threads)
  for _, kernel in ipairs(g.kernels) do
    if kernel.tiled > 0 then return round_up(rows, 16) end
  end
  return rows
end

-- Tokens of which an op's output has rows: only a single one's where batches put it into another value at once.
local function rows_of(g, op, sizes)
  if g.values[op.out].type == "q8" then return q8_rows(g, sizes) end
  return op.into and op.into.value ~= op.out and op.kernel.tiled - 1 or sizes.batch
end

local function place_scratch(g, base, sizes)
  local last_phase, scratch = lifetimes(g), {}
  for _, op in ipairs(g.ops) do
    local value = g.values[op.out]
    if value.type ~= "kv" and not ops[op.op].on_demand and not value.bytes then
      value.row_bytes = row_bytes(op, value)
      value.bytes = value.row_bytes * rows_of(g, op, sizes)
      value.from = op.phase
      value.to = last_phase[op.out]
      scratch[#scratch + 1] = value
    end
  end
  table.sort(scratch, function(a, b)
    if a.bytes ~= b.bytes then return a.bytes > b.bytes end
    return a.first < b.first
  end)
  local placed, top = {}, 0
  for _, value in ipairs(scratch) do
    value.offset = lowest_gap(placed, value)
    placed[#placed + 1] = value
    top = math.max(top, value.offset + value.bytes)
  end
  for _, value in ipairs(placed) do value.offset = value.offset + base end
  return base + round_up(top, ALIGN)
end

-- The head's output, then what a screened choice needs beside it: two bounds per row, two rows of largest bounds per
-- thread, and the list of candidates, which may be all ids.
local function place_head(g, arena, top, threads)
  local op = g.ops[#g.ops]
  local logits = g.values[op.out]
  local function place(name, bytes)
    arena[name], top = top, round_up(top + bytes, ALIGN)
  end
  logits.offset, logits.bytes = top, round_up(logits.n, 64) * 4
  logits.from, logits.to = g.phases, g.phases
  place("logits_offset", logits.bytes)
  place("lower_offset", op.screen and logits.bytes or 0)
  place("upper_offset", op.screen and logits.bytes or 0)
  place("tops_offset", op.screen and 2 * 4 * op.screen.top_max * threads or 0)
  place("list_offset", 8 * logits.n)
  return top
end

-- sizes: { ctx, batch, threads }. Sets value.offset, value.bytes, value.row_bytes and graph.arena.
return function(g, sizes)
  local arena = { state = STATE_BYTES, cache_rows = round_up(sizes.ctx, 4) }   -- positions are read in fours
  local top = STATE_BYTES
  for _, op in ipairs(g.ops) do
    if op.op == "store" then
      local value = g.values[op.out]
      value.bytes, value.offset = cache_bytes(op, arena.cache_rows), top
      value.from, value.to = 1, g.phases
      top = round_up(top + value.bytes, ALIGN)
    end
  end
  arena.kv_offset, arena.kv_bytes = STATE_BYTES, top - STATE_BYTES
  top = place_scratch(g, top, sizes)
  arena.scores_offset, arena.scores_stride = top, round_up(sizes.ctx, 64) * 4
  top = top + arena.scores_stride * score_rows(g, sizes.threads)
  arena.scratch_offset, arena.scratch_stride = top, scratch_bytes(g)            -- of the kernels, one per thread
  top = top + arena.scratch_stride * sizes.threads
  arena.counts_offset, arena.counts_stride = top, round_up(8 * #g.skips, ALIGN) -- what ops that skip have listed, by thread
  top = top + arena.counts_stride * sizes.threads
  arena.bytes = round_up(place_head(g, arena, top, sizes.threads), 4096)
  g.arena, g.sizes = arena, sizes
  return g
end
