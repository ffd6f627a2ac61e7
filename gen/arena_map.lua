-- arena_map.lua: the planned arena as text, for the comment in model.c and for report.txt; and what is in it beside values.
-- Requires: planned graph.

local arena_map = {}

-- The values of all layers under one name: { name, type, n, bytes, offset (of the first), step (per layer), from, to }.
-- nil where the layers do not lie at equal distances.
local function as_series(values)
  local first, step = values[1], values[2] and values[2].offset - values[1].offset or 0
  for i, v in ipairs(values) do
    if v.offset ~= first.offset + (i - 1) * step or v.bytes ~= first.bytes then return nil end
  end
  return { name = first.name:gsub("^l0%.", "l*."), type = first.type, n = first.n, bytes = first.bytes, offset = first.offset,
    step = step, from = first.from, to = first.to }
end

-- The graph's values, those of all layers in one row where they lie at equal distances.
local function arena_rows(g)
  local groups, by_name, seen = {}, {}, {}
  for _, op in ipairs(g.ops) do
    local v = g.values[op.out]
    local name = v.name:gsub("^l%d+%.", "l*.")
    if not by_name[name] then
      by_name[name] = {}
      groups[#groups + 1] = by_name[name]
    end
    if not seen[v] then table.insert(by_name[name], v) end
    seen[v] = true
  end
  local rows = {}
  for _, values in ipairs(groups) do
    local series = as_series(values)
    table.move(series and { series } or values, 1, series and 1 or #values, #rows + 1, rows)
  end
  return rows
end

-- What lies in the arena beside the graph's values: rows as those of a series.
function arena_map.regions(g)
  local arena, list = g.arena, {}
  local function add(name, type, n, from, to, first)
    if to > from then
      list[#list + 1] = { name = name, type = type, n = n, offset = from, bytes = to - from, from = first, to = g.phases }
    end
  end
  local bounds = arena.list_offset - arena.lower_offset
  add("attention scores", "f32", arena.scores_stride // 4, arena.scores_offset, arena.scratch_offset, 1)
  add("kernels' scratch", "u8", arena.scratch_stride, arena.scratch_offset, arena.counts_offset, 1)
  add("counts", "u64", arena.counts_stride // 8, arena.counts_offset, arena.logits_offset, 1)
  add("head bounds", "f32", bounds // 4, arena.lower_offset, arena.list_offset, g.phases)
  add("candidates", "id+f32", (arena.bytes - arena.list_offset) // 8, arena.list_offset, arena.bytes, g.phases)
  return list
end

-- Who lies where in the arena and when (the phases of the first layer), by offset.
function arena_map.text(g)
  local rows = arena_rows(g)
  local regions = arena_map.regions(g)
  table.move(regions, 1, #regions, #rows + 1, rows)
  table.sort(rows, function(a, b)
    if a.offset ~= b.offset then return a.offset < b.offset end
    return a.from < b.from
  end)
  local lines = {}
  for i, v in ipairs(rows) do
    lines[i] = (" * 0x%08x %11d  %-18s %s[%d]%s, phases %d-%d"):format(v.offset, v.bytes, v.name, v.type, v.n,
      (v.step or 0) > 0 and (", layers 0x%x apart"):format(v.step) or "", v.from, v.to)
  end
  return table.concat(lines, "\n") .. "\n"
end

return arena_map
