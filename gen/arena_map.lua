-- arena_map.lua: the planned arena as text, for the comment in model.c and for report.txt.
-- Requires: planned graph.

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

-- Who lies where in the arena and when (the phases of the first layer), by offset.
return function(g)
  local arena, rows = g.arena, arena_rows(g)
  rows[#rows + 1] = { name = "attention scores", type = "f32", n = arena.scores_stride // 4, offset = arena.scores_offset,
    bytes = arena.scratch_offset - arena.scores_offset, from = 1, to = g.phases }
  rows[#rows + 1] = { name = "kernels' scratch", type = "u8", n = arena.scratch_stride, offset = arena.scratch_offset,
    bytes = arena.logits_offset - arena.scratch_offset, from = 1, to = g.phases }
  rows[#rows + 1] = { name = "candidates", type = "id+f32", n = (arena.bytes - arena.list_offset) // 8,
    offset = arena.list_offset, bytes = arena.bytes - arena.list_offset, from = g.phases, to = g.phases }
  if arena.list_offset > arena.lower_offset then
    rows[#rows + 1] = { name = "head bounds", type = "f32", n = (arena.list_offset - arena.lower_offset) // 4,
      offset = arena.lower_offset, bytes = arena.list_offset - arena.lower_offset, from = g.phases, to = g.phases }
  end
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
