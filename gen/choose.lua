-- choose.lua: graph -> graph. Gives every matmul its packing and its kernel, from the target's tables.
-- Requires: verified graph. One kernel per packing and inner dimension; docs/KERNELS.md is the contract.

local packings = require("gen.packings")
local round_up = require("gen.round_up")

local BLOCK_BYTES = 16384  -- straight-line code per block at most: half of a 32 KB instruction cache

-- The largest divisor of `steps` whose code fits: the K loop is steps/unroll blocks of straight-line code.
local function unroll_of(steps, row, wanted)
  if wanted == "full" then return steps end
  local limit = wanted or math.min(row.max_unroll, BLOCK_BYTES // row.block_bytes)
  local best = 1
  for u = 1, math.min(limit, steps) do
    if steps % u == 0 then best = u end
  end
  return best
end

-- The template pieces of a kernel file in the order in which they need each other.
local function pieces_of(name, row, target)
  local pieces = { row.gemv }
  if target.common then table.insert(pieces, 1, target.common) end
  if target.batch then
    pieces[#pieces + 1] = "expand_" .. name
    if target.batch.common then pieces[#pieces + 1] = target.batch.common end
    pieces[#pieces + 1] = target.batch.template
  end
  return pieces
end

-- The kernel of target for packing `name` and inner dimension k.
local function make_kernel(target, name, k, unroll)
  local packing, row, batch = packings[name], target.packings[name], target.batch
  local tile, steps = row.lanes * row.groups, (k + packing.step - 1) // packing.step
  local kernel = {
    name = ("gemm_%s_%s_k%d"):format(name, target.family, k), file = ("kernels-%s-%s-k%d"):format(name, target.family, k),
    packing = name, pieces = pieces_of(name, row, target),
    k = k, k_pad = steps * packing.step, steps = steps, step_k = packing.step, unroll = unroll_of(steps, row, unroll),
    lanes = row.lanes, groups = row.groups, tile = tile,
    step_bytes = packing.lane_bytes * tile,
    tile_bytes = packing.lane_bytes * tile * steps,
    unit = math.max(16, tile),   -- rows are shared out and padded in whole tiles and whole sixteens of lanes
    bound = 254 * k,             -- |sum of code*q| <= 2*127*k
    batch = batch, scratch = 0, tiled = 0,
  }
  if batch then
    kernel.chunk = math.min(steps, math.max(1, batch.chunk // packing.step))   -- steps expanded at once
    kernel.scratch = round_up(kernel.chunk * packing.step, 64) * tile
    if batch.tiled then   -- per token: where its sums begin, its sums of two tiles
      kernel.tiled = batch.min
      kernel.scratch = kernel.scratch + batch.tokens * (64 + 8 * tile)
    end
  end
  -- A plane left where it lies in its byte is summed times 64, but has a quarter of the k only.
  assert(16 * kernel.bound < 2 ^ 31, "accumulator bound")
  return kernel
end

-- unroll: nil, a number of steps or "full". graph.kernels lists the distinct kernels in order of first use.
return function(g, target, unroll)
  local by_name = {}
  g.kernels, g.target = {}, target
  for _, op in ipairs(g.ops) do
    if op.op == "matmul" then
      local kernel = make_kernel(target, target.packing, op.weight.k, unroll)
      if not by_name[kernel.name] then
        by_name[kernel.name] = kernel
        g.kernels[#g.kernels + 1] = kernel
      end
      op.kernel = by_name[kernel.name]
      op.weight.kernel = op.kernel
    end
  end
  return g
end
