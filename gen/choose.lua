-- choose.lua: graph -> graph. Gives every matmul its packing and its kernel, from the target's tables.
-- Requires: verified graph. One kernel per packing and inner dimension; docs/KERNELS.md is the contract.

local packings = require("gen.packings")
local pick_packing = require("gen.pick_packing")
local round_up = require("gen.round_up")

local BLOCK_BYTES = 16384  -- straight-line code per block at most: half of a 32 KB instruction cache

-- Steps per block of straight-line code, as many as fit: the K loop is steps/unroll blocks, and the rest where the template
-- writes one; without, a divisor of `steps`. (A single block and its rest would be one piece of code, up to twice as long.)
local function unroll_of(steps, row, wanted)
  if wanted == "full" then return steps end
  local limit = math.min(steps, wanted or math.min(row.max_unroll, BLOCK_BYTES // row.block_bytes))
  if row.rest then return steps > limit and steps < 2 * limit and steps // 2 or limit end
  local best = 1
  for u = 1, limit do
    if steps % u == 0 then best = u end
  end
  return best
end

-- What a batch in tile order has of a packing for lists instead of its expand_<packing>.
local TILED_LISTS = { rows = { "expand_rows", "turn" }, columns = { "repack_t2c", "expand_planes" } }

-- The template pieces of a kernel file in the order in which they need each other: for one token, for batches.
local function pieces_of(name, row, target, batch, tables)
  local list = packings[name].list
  local pieces, more = { list and target.lists[list].template or row.gemv }, {}
  if row.codes and not list then table.insert(pieces, 1, row.codes) end
  if target.common then table.insert(pieces, 1, target.common) end
  if batch then
    more[1] = batch.planes or "planes"
    if list and batch.tiled then
      table.move(TILED_LISTS[list], 1, 2, 2, more)
    else
      more[2] = "expand_" .. (packings[name].expand or name)
    end
    if not list and not batch.tiled then more[#more + 1] = "expand_steps" end
    for _, piece in ipairs(batch.common or {}) do more[#more + 1] = piece end
    more[#more + 1] = batch.template
    if batch.fetch then more[#more + 1] = "fetch" end
    if tables then table.move({ "tables", "batch_tables" }, 1, 2, #more + 1, more) end
  end
  return pieces, more
end

-- Steps expanded at once. With larger codes int16 sums hold less of them.
local function chunk_of(batch, step, most) return math.max(1, batch.chunk * 2 // (most * step)) end

-- Rows of columns that are packed again at once. Three layers of the 2B-4T shape, in million cycles: 256 13.2, 512 12.4,
-- 1024 12.1, all 2560 11.5. Every thread has room for them.
local REPACKED = 1280

-- What a batch in tile order makes panels of: whole slices of 64 k, in units, two of them by turns. step_bytes, panel_step: from
-- one step to the next, where it is packed and in the panel. Columns are made t2 first.
local function tiles_of(kernel, batch, from)
  local steps, chunk = (kernel.k + from.step - 1) // from.step, batch.chunk // from.step
  while chunk * from.step % 64 > 0 do chunk = chunk - 1 end
  chunk = math.min(steps, chunk)
  local step_bytes = from.bytes * kernel.tile // 16
  return { step_k = from.step, steps = steps, chunk = chunk, chunk_slices = (chunk * from.step + 63) // 64,
    step_bytes = step_bytes, panel_step = from.step * kernel.tile, unit_bytes = chunk * step_bytes,
    tile_bytes = step_bytes * steps }
end

-- The same of rows as they lie: a step is 64 bytes of one row, four slices of it.
local function tiles_of_rows(kernel)
  local row_bytes = kernel.k_pad // 4
  return { steps = kernel.tile * row_bytes // 64, chunk = kernel.tile, chunk_slices = 4, step_bytes = row_bytes,
    panel_step = 64, unit_bytes = 64, tile_bytes = kernel.tile * row_bytes }
end

-- Sets kernel.batch_shape, what the pieces for batches know instead of the kernel's own, and the scratch: two units of the
-- panel, 32 sums for each row of the tile, tokens' scales, and tiles or values that are moved there first.
local function set_tiled(kernel, batch, packing)
  kernel.turned = packing.list == "rows"
  kernel.repacked = packing.list == "columns" and math.min(REPACKED, kernel.rows_pad)
  local shape = kernel.turned and tiles_of_rows(kernel) or tiles_of(kernel, batch, packing.list and packings.t2 or packing)
  kernel.batch_shape, kernel.tiled = shape, batch.min
  shape.moved = kernel.repacked and kernel.repacked // kernel.tile * shape.tile_bytes
    or kernel.turned and batch.tokens * round_up(kernel.k, 64) or 0
  kernel.scratch = (2 * shape.chunk_slices * 64 + 4 * 32) * kernel.tile + 8 * batch.tokens + shape.moved
end

-- What templates/batch_tables.c needs to know; false: its sums have no room for codes of 3. A chunk is at most 256 k, of which
-- int16 holds the sums, and but for the last one whole sixteens, read at once.
local function tables_of(batch, step, steps, most)
  if not batch or not batch.tables or most == 3 then return false end
  local chunk = math.min(steps, 256 // step)
  while chunk < steps and chunk * step % 16 > 0 do chunk = chunk - 1 end
  return { min = batch.tables.min, steps = chunk, lines = round_up(chunk * step // 4, 4), rows = 0 }
end

-- The kernel has one more matrix of that many rows: its scratch has room for them, or for as many as it takes at once.
local function add_rows(kernel, rows)
  local tables = kernel.tables
  if not tables or rows <= tables.rows then return end
  tables.rows = math.min(round_up(rows, 64), kernel.batch.tables.rows)
  local values, sums = tables.lines * 4 * 32 + tables.panel, 4 * 2 * 64 * tables.rows
  kernel.scratch = math.max(kernel.scratch, 4 * 81 * 64 + values + tables.lines * 2 * (tables.rows + 32) + sums)
end

-- A kernel of columns is for one length of them; one of units does not know how many there are.
local function kernel_id(name, family, op, k, rows_pad, most)
  local shape = packings[name].list == "columns" and ("%dx%d"):format(rows_pad, k) or (op.unit and "u" or "k") .. k
  return ("%s_%s_%s%s"):format(name, family, shape, most == 3 and "_3" or "")
end

-- The kernel of target for packing `name` and a matmul: for all columns of its matrix, or for those of a unit. `row`: what the
-- target says of its dense packing; kernels for lists have the same tile, for shares of threads are the same for all.
local function make_kernel(target, name, row, op, unroll)
  local packing, batch, weight, most = packings[name], target.batch, op.weight, op.code_max or 2
  local k = op.unit or weight.k
  if op.unit and target.unit_batch then batch = target.unit_batch end
  local tile, steps = row.lanes * row.groups, (k + packing.step - 1) // packing.step
  local unit = math.max(16, tile)
  local rows_pad = round_up(weight.rows, packing.rows or unit)
  local tables = tables_of(batch, packing.step, steps, most)
  local id = kernel_id(name, target.family, op, k, rows_pad, most)
  local kernel = {
    name = "gemm_" .. id, file = "kernels-" .. id:gsub("_", "-"),
    packing = name, list = packing.list or false,
    k = k, k_pad = steps * packing.step, steps = steps, step_k = packing.step, unroll = unroll_of(steps, row, unroll),
    lanes = row.lanes, groups = row.groups, tile = tile,
    step_bytes = packing.bytes * tile // 16,
    tile_bytes = packing.bytes * tile // 16 * steps,
    unit = unit,                 -- rows are shared out and padded in whole tiles and whole sixteens of lanes
    rows_unit = packing.rows or unit,
    pack_tile = packing.rows or tile,                       -- rows that the packer puts in place at once, and the bytes from
    pack_bytes = packing.rows and 64 or packing.bytes * tile // 16 * steps,  -- one such block of rows to the next
    rows_pad = packing.list == "columns" and rows_pad or 0,
    list_bytes = (packing.list == "columns" and rows_pad or steps * packing.step) // 4,     -- of a row or column
    code_max = most, bound = most * 127 * k,     -- |sum of code*q| <= code_max*127*k
    fields = packing.fields or false,
    batch = batch, batch_shape = {}, tables = tables, scratch = 0, tiled = 0,
    repacked = false,            -- rows that are made t2 at once, where batches want that of columns
    turned = false,              -- whether batches have rows for the first factor of tiles, and values for the second
    at_once = packing.list == "columns" and packing.rows or tile,           -- rows of which panels are made at once
  }
  kernel.pieces, kernel.batch_pieces = pieces_of(name, row, target, batch, tables)
  if batch then
    kernel.min = packing.list and 1 or batch.min            -- kernels for lists have no other way to multiply tokens
    kernel.chunk = math.min(steps, chunk_of(batch, packing.step, most))
    -- Lines of several panels are written in turn: 64 bytes between panels keep them in different sets of the cache.
    kernel.panel_bytes = round_up(kernel.chunk * packing.step, 64) * tile + (kernel.at_once > tile and 64 or 0)
    kernel.scratch = kernel.panel_bytes * kernel.at_once // tile
    if tables then tables.panel = kernel.at_once > tile and kernel.scratch or tables.lines * 4 * tile end
    if batch.tiled then set_tiled(kernel, batch, packing) end
  end
  -- A plane left where it lies in its byte is summed times 64, but has a quarter of the k only.
  assert(16 * kernel.bound < 2 ^ 31, "accumulator bound")
  return kernel
end

-- The packing of a matmul: the dense one, or t2 where that cannot hold the matrix: units of no whole steps, codes of 3.
local function dense_packing(op, dense)
  return pick_packing.fits(dense, op) and dense or "t2"
end

-- The packing of op's matrix, or nil: it has none.
local function packing_of(op, dense)
  if op.op == "matmul" then return dense_packing(op, dense) end
  return op.op == "matmul_rows" and "t2r" or op.op == "matmul_columns" and "t2c" or nil
end

-- options.unroll: nil, a number of steps or "full"; options.packing: nil or a name. Sets graph.kernels, the distinct kernels in
-- order of first use, and graph.packing = { name, why }.
return function(g, target, options)
  local by_name = {}
  local name, why = pick_packing.pick(g, target, options.packing)
  g.kernels, g.target, g.packing = {}, target, { name = name, why = why }
  for _, op in ipairs(g.ops) do
    local packing = packing_of(op, name)
    if packing then
      local kernel = make_kernel(target, packing, target.packings[packing] or target.packings[name], op, options.unroll)
      if not by_name[kernel.name] then
        by_name[kernel.name] = kernel
        g.kernels[#g.kernels + 1] = kernel
      end
      op.kernel = by_name[kernel.name]
      add_rows(op.kernel, op.weight.rows)
      op.weight.kernel = op.kernel
    end
  end
  return g
end
