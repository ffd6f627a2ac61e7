-- choose.lua: graph -> graph. Gives every matmul its packing and its kernel, from the target's tables.
-- Requires: verified graph. One kernel per packing and inner dimension; docs/KERNELS.md is the contract.

local fail = require("gen.fail")
local packings = require("gen.packings")
local round_up = require("gen.round_up")

local BLOCK_BYTES = 16384  -- straight-line code per block at most: half of a 32 KB instruction cache

-- Time of a weight in decode on one core, in ns: memory and unpacking overlap, the slower one counts.
local function ns_per_weight(target, name)
  local memory = packings[name].bytes / (16 * packings[name].step) / target.bandwidth
  local unpacking = 1 / target.packings[name].rate
  return math.max(memory, unpacking), memory > unpacking and "memory" or "unpacking"
end

-- The packing of the ternary matrices, the wanted one or the one that decodes fastest, and why, for the report.
local function pick_packing(target, wanted)
  local names, reasons, best = {}, {}, nil
  for name in pairs(target.packings) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local ns, limit = ns_per_weight(target, name)
    reasons[i] = ("%s %.1f (%s)"):format(name, 1000 * ns, limit)
    if not best or ns < ns_per_weight(target, best) then best = name end
  end
  if wanted and not target.packings[wanted] then
    fail("E_USAGE", "--packing %s: the target %s has %s", wanted, target.name, table.concat(names, " "))
  end
  return wanted or best, ("ns per 1000 weights and core: %s%s"):format(table.concat(reasons, ", "),
    wanted and "; --packing decided" or "")
end

-- Steps per block of straight-line code, as many as fit: the K loop is steps/unroll blocks, and the rest where the template
-- writes one; without, a divisor of `steps`.
local function unroll_of(steps, row, wanted)
  if wanted == "full" then return steps end
  local limit = math.min(steps, wanted or math.min(row.max_unroll, BLOCK_BYTES // row.block_bytes))
  if row.rest then return limit end
  local best = 1
  for u = 1, limit do
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

-- Steps expanded at once; of tiled batches whole slices of 64 k.
local function chunk_of(batch, step)
  local steps = math.max(1, batch.chunk // step)
  while batch.tiled and steps * step % 64 > 0 do steps = steps - 1 end
  return steps
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
    step_bytes = packing.bytes * tile // 16,
    tile_bytes = packing.bytes * tile // 16 * steps,
    unit = math.max(16, tile),   -- rows are shared out and padded in whole tiles and whole sixteens of lanes
    bound = 254 * k,             -- |sum of code*q| <= 2*127*k
    batch = batch, scratch = 0, tiled = 0,
  }
  if batch then
    kernel.chunk = math.min(steps, chunk_of(batch, packing.step))
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

-- options.unroll: nil, a number of steps or "full"; options.packing: nil or a name. Sets graph.kernels, the distinct kernels in
-- order of first use, and graph.packing = { name, why }.
return function(g, target, options)
  local by_name = {}
  local name, why = pick_packing(target, options.packing)
  g.kernels, g.target, g.packing = {}, target, { name = name, why = why }
  for _, op in ipairs(g.ops) do
    if op.op == "matmul" then
      local kernel = make_kernel(target, name, op.weight.k, options.unroll)
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
