-- report_pictures.lua: the pictures of report.html, from the facts in graph.json. 360 units wide: the width of a phone.

local svg = require("gen.svg")

local pictures = {}

local WIDTH = 360

-- ---- the graph: one layer stands for all ----

-- Colours: others are "c".
local KINDS = { matmul = "a", matmul_rows = "a", matmul_columns = "a", screen = "a", head = "a", attention = "b", store = "b",
  rope = "b" }

-- The ops to draw: those outside of layers and those of layer 0.
local function shown_ops(facts)
  local list = {}
  for _, op in ipairs(facts.ops) do
    if not op.layer or op.layer == 0 then list[#list + 1] = op end
  end
  return list
end

-- Rows of the picture at which the inputs of each op were written last.
local function draw_edges(picture, list, row_y, x)
  local written = {}
  for i, op in ipairs(list) do
    for name in op.ins:gmatch("%S+") do
      local from = written[name]
      if from and from == i - 1 then
        picture:line(x + 8, row_y(from) + 7, x + 8, row_y(i) - 7, "edge")
      elseif from then
        picture:arc(x, row_y(from), row_y(i), 8 + 5 * math.min(i - from, 14), "edge")
      end
    end
    written[op.out] = i
  end
end

function pictures.graph(facts)
  local list, x, step = shown_ops(facts), 84, 19
  local picture = svg.new(WIDTH, #list * step + 12, "the graph: the ops of one layer, and those before and after all layers")
  local function row_y(i) return (i - 0.5) * step + 6 end
  draw_edges(picture, list, row_y, x)
  local first, last
  for i, op in ipairs(list) do
    picture:rect(x, row_y(i) - 7, 74, 14, KINDS[op.op] or "c", op["function"])
    picture:text(x + 37, row_y(i) + 3, op.op, "middle", "inside")
    picture:text(x + 80, row_y(i) + 3, ("%s %s[%d]"):format(op.out, op.type, op.n))
    picture:text(WIDTH - 2, row_y(i) + 3, op.tensor and op.tensor:gsub("%.weight$", ""):gsub("^blk%.0%.", "") or "", "end", "dim")
    if op.layer then first, last = first or i, i end
  end
  if first then
    local top, bottom = row_y(first) - 9, row_y(last) + 9
    picture:line(3, top, WIDTH - 2, top, "rule")
    picture:line(3, bottom, WIDTH - 2, bottom, "rule")
    picture:text(3, top + 10, ("%d x"):format(facts.layers), "start", "dim")
  end
  return picture:done()
end

-- ---- the arena: who lives where, when ----

-- Heights for the bytes between two bounds of values: small ones are drawn larger than they are, so that all can be read.
local function scale_of(list)
  local bounds, seen = {}, {}
  for _, v in ipairs(list) do
    for _, at in ipairs { v.offset, v.offset + v.bytes } do
      if not seen[at] then bounds[#bounds + 1] = at end
      seen[at] = true
    end
  end
  table.sort(bounds)
  local span, y, at = bounds[#bounds] - bounds[1], 16, {}
  for i, bound in ipairs(bounds) do
    at[bound] = y
    y = y + (i < #bounds and 13 + 120 * (bounds[i + 1] - bound) / span or 0)
  end
  return at, y
end

-- Values of the first two layers and of no layer, those of the cache left out; and the last phase drawn.
local function shown_values(facts)
  local list, last = {}, 1
  for _, op in ipairs(facts.ops) do
    if op.layer and op.layer < 2 then last = math.max(last, op.phase) end
  end
  for _, v in ipairs(facts.values) do
    local layer = tonumber(v.name:match("^l(%d+)%."))
    local in_picture = v.type ~= "kv" and v.name ~= "state" and v.bytes > 0
    if in_picture and (not layer or layer < 2) and v.from <= last then list[#list + 1] = v end
  end
  return list, last
end

local CLASSES = { q8 = "b", f32 = "a", u8 = "c" }

function pictures.arena(facts)
  local list, phases = shown_values(facts)
  local at, bottom = scale_of(list)
  local picture = svg.new(WIDTH, bottom + 18, "the arena over the phases of the first two layers")
  local column = (WIDTH - 4) / phases
  for phase = 1, phases do picture:text(2 + (phase - 0.5) * column, 10, phase, "middle", "dim") end
  for _, v in ipairs(list) do
    local to = math.min(v.to, phases)
    local x, y = 2 + (v.from - 1) * column, at[v.offset]
    local width, height = (to - v.from + 1) * column, at[v.offset + v.bytes] - y
    picture:rect(x + 0.5, y + 0.5, width - 1, height - 1, CLASSES[v.type] or "c",
      ("%s: %d bytes at 0x%x, phases %d to %d"):format(v.name, v.bytes, v.offset, v.from, v.to))
    for _, name in ipairs { v.name, (v.name:gsub("^l%d+%.", "")) } do
      if svg.text_width(name, 8) < width - 2 then
        picture:text(x + width / 2, y + height / 2 + 3, name, "middle", "small")
        break
      end
    end
  end
  picture:text(2, bottom + 12, ("phases are the ops between two barriers; %d in all"):format(facts.phases), "start", "dim")
  return picture:done()
end

-- ---- bytes per token ----

-- Groups of what a token reads: { name, bytes, class }.
function pictures.byte_groups(facts)
  local sums = { attention = 0, ffn = 0, head = 0 }
  for _, op in ipairs(facts.ops) do
    if op.kernel and sums[op.part] and op.op ~= "screen" then sums[op.part] = sums[op.part] + op.bytes end
  end
  local head, rest = facts.head_bytes, facts.bytes_per_token
  for _, bytes in ipairs { sums.attention, sums.ffn, head } do rest = rest - bytes end
  return { { "attention", sums.attention, "a" }, { "feed-forward", sums.ffn, "b" }, { "head", head, "d" },
    { "norms, scales, tables", rest, "c" } }
end

function pictures.bytes(facts)
  local picture, x = svg.new(WIDTH, 30, "bytes per token, by what they are"), 0
  for _, group in ipairs(pictures.byte_groups(facts)) do
    local width = WIDTH * group[2] / facts.bytes_per_token
    picture:rect(x, 2, width, 26, group[3], ("%s: %d bytes"):format(group[1], group[2]))
    local share = ("%.0f %%"):format(100 * group[2] / facts.bytes_per_token)
    if width > svg.text_width(share, 10) then picture:text(x + width / 2, 19, share, "middle", "inside") end
    x = x + width
  end
  return picture:done()
end

-- ---- roofline ----

-- rows: of bench --json. Both axes are logarithmic: multiply-adds per byte, and per second.
function pictures.roofline(rows)
  local sweep, peak, least = 0, 0, math.huge
  for _, r in ipairs(rows) do
    least = math.min(least, r.macs_per_second)
    sweep, peak = math.max(sweep, r.sweep_bytes_per_second), math.max(peak, r.peak_macs_per_second)
  end
  local left, bottom, top, ridge = 44, 190, 12, peak / sweep
  local x_from, x_to, y_to = math.min(0.5, ridge / 4), math.max(1024, ridge * 8), peak * 2
  local y_from = math.min(sweep * x_from, least) / 2
  local function x(v) return left + (WIDTH - left - 6) * math.log(v / x_from) / math.log(x_to / x_from) end
  local function y(v) return bottom - (bottom - top) * math.log(math.max(v, y_from) / y_from) / math.log(y_to / y_from) end
  local picture = svg.new(WIDTH, bottom + 30, "roofline: multiply-adds per second over multiply-adds per byte")
  for power = math.ceil(math.log(y_from, 10)), math.floor(math.log(y_to, 10)) do
    picture:line(left, y(10 ^ power), WIDTH - 6, y(10 ^ power), "grid")
    picture:text(left - 3, y(10 ^ power) + 3, ("%g"):format(10 ^ (power - 9)), "end", "dim")
  end
  for power = math.ceil(math.log(x_from, 2)), math.floor(math.log(x_to, 2)), 2 do
    picture:text(x(2 ^ power), bottom + 11, ("%g"):format(2 ^ power), "middle", "dim")
  end
  picture:line(x(x_from), y(sweep * x_from), x(ridge), y(peak), "roof")
  picture:line(x(ridge), y(peak), x(x_to), y(peak), "roof")
  for _, r in ipairs(rows) do
    picture:dot(x(r.macs_per_second / r.bytes_per_second), y(r.macs_per_second),
      ("%s %d: %.1f GMAC/s, %.2f GB/s"):format(r.phase, r.depth, r.macs_per_second / 1e9, r.bytes_per_second / 1e9))
  end
  picture:text(left, bottom + 25, "multiply-adds per byte", "start", "dim")
  picture:text(left + 4, top + 2, ("GMAC/s; peak %.1f, sweep %.1f GB/s"):format(peak / 1e9, sweep / 1e9), "start", "dim")
  return picture:done()
end

return pictures
