-- choose.lua: graph -> graph. Gives every matmul its kernel and its packing, from the target's table.
-- Requires: verified graph. One kernel per distinct inner dimension; docs/KERNELS.md is the contract.

local packings = require("gen.packings")

local PACKING = "t2"       -- the only one so far
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

local function make_kernel(target, k, unroll)
  local row = target.gemm_t2
  local family = row.template:match("gemm_t2_(.*)")
  local packing, tile = packings[PACKING], row.lanes * row.groups
  local steps = (k + packing.step - 1) // packing.step
  return {
    name = ("gemm_t2_%s_k%d"):format(family, k), family = family, template = row.template,
    packing = PACKING, row_bytes = packing.row_bytes(k),
    k = k, k_pad = steps * packing.step, steps = steps, unroll = unroll_of(steps, row, unroll),
    lanes = row.lanes, groups = row.groups, tokens = row.tokens, tile = tile,
    unit = math.max(16, tile),   -- rows are shared out and padded in whole tiles and whole sixteens of lanes
    bound = 254 * k,         -- |sum of code*q| <= 2*127*k; the accumulators hold it times 4
  }
end

-- unroll: nil, a number of steps or "full". graph.kernels lists the distinct kernels in order of first use.
return function(g, target, unroll)
  local by_k = {}
  g.kernels, g.target = {}, target
  for _, op in ipairs(g.ops) do
    if op.op == "matmul" then
      local k = op.weight.k
      if not by_k[k] then
        by_k[k] = make_kernel(target, k, unroll)
        assert(4 * by_k[k].bound < 2 ^ 31, "accumulator bound")
        g.kernels[#g.kernels + 1] = by_k[k]
      end
      op.kernel = by_k[k]
      op.weight.kernel = by_k[k]
    end
  end
  return g
end
