-- report_html.lua: report.html of a build: one page without scripts that loads nothing, readable on a phone.
-- Made from graph.json, measured.txt and, where given, what `bench --json` wrote.

local explain = require("gen.explain")
local fail = require("gen.fail")
local file = require("gen.file")
local json = require("gen.json")
local pictures = require("gen.report_pictures")
local svg = require("gen.svg")

local report_html = {}

local STYLE = [[
body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;padding:12px;max-width:760px;color:#1b1f24;background:#fff}
h1{font-size:1.5em;margin:.3em 0}h2{font-size:1.15em;margin:1.6em 0 .4em}
ol.flow{display:flex;flex-wrap:wrap;gap:6px;padding:0;margin:0;list-style:none}
ol.flow li{background:#eef1f4;border-radius:6px;padding:4px 9px}ol.flow li+li:before{content:"\2192\00a0"}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.84em}
td{padding:2px 6px 2px 0;text-align:left;vertical-align:top;overflow-wrap:break-word}
td.n{text-align:right}td.n,td:first-child{white-space:nowrap}
.key{display:inline-block;width:.9em;height:.9em;margin-right:.3em;vertical-align:-1px}
p.keys span{margin-right:1em;white-space:nowrap}
]]

local escape = svg.escape

local function mega(bytes) return ("%.2f MB"):format(bytes / 1e6) end

-- rows of cells; a cell that is a number stands at the right.
local function table_html(rows)
  local lines = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for j, cell in ipairs(row) do
      cells[j] = (math.type(cell) and '<td class="n">%s</td>' or "<td>%s</td>"):format(escape(cell))
    end
    lines[i] = "<tr>" .. table.concat(cells) .. "</tr>"
  end
  return '<div class="wide"><table>\n' .. table.concat(lines, "\n") .. "\n</table></div>\n"
end

local function section(title, ...) return ("<h2>%s</h2>\n"):format(escape(title)) .. table.concat({ ... }) end

local function paragraph(text) return "<p>" .. escape(text) .. "</p>\n" end

-- ---- the sections ----

local function head(f)
  return ("<h1>%s for %s</h1>\n"):format(escape(f.name), escape(f.target)) .. table_html {
    { "architecture", f.arch }, { "target", f.about }, { "flags", f.flags ~= "" and f.flags or "none" },
    { "context, batch, threads", ("%d, %d, %d"):format(f.ctx, f.batch, f.threads) },
    { "image", mega(f.image_bytes) }, { "arena", ("%s, of these %s cache"):format(mega(f.arena_bytes), mega(f.kv_bytes)) },
    { "a token", ("%s read, %s where zeros are skipped, %.1f million multiply-adds"):format(mega(f.bytes_per_token),
      mega(f.touched_bytes_per_token), f.macs_per_token / 1e6) },
  }
end

local function pipeline(f)
  local weights, stages = 0, {}
  for _, e in ipairs(f.image) do weights = weights + (e.kind == "matrix" and e.bytes or 0) end
  for i, text in ipairs {
    f.name .. ".gguf", ("graph: %d ops"):format(#f.ops), ("schedule: %d phases"):format(f.phases),
    ("memory: %s"):format(mega(f.arena_bytes)), ("C: %d functions, %d kernels"):format(#f.functions, #f.kernels),
    ("image: %s, %s of matrices"):format(mega(f.image_bytes), mega(weights)), "program: " .. f.name,
  } do
    stages[i] = "<li>" .. escape(text) .. "</li>"
  end
  return '<ol class="flow">\n' .. table.concat(stages, "\n") .. "\n</ol>\n"
end

local function keys(rows)
  local parts = {}
  for i, row in ipairs(rows) do parts[i] = ('<span><i class="key %s"></i>%s</span>'):format(row[2], escape(row[1])) end
  return '<p class="keys">' .. table.concat(parts, "\n") .. "</p>\n"
end

local function bytes(f)
  local rows = {}
  for i, group in ipairs(pictures.byte_groups(f)) do rows[i] = { ("%s %s"):format(group[1], mega(group[2])), group[3] } end
  return pictures.bytes(f) .. keys(rows)
end

local function arena(f)
  local rows = {}
  for _, v in ipairs(f.values) do
    local layer = tonumber(v.name:match("^l(%d+)%."))
    if not layer or layer == 0 then
      local shape, life = ("%s[%d]"):format(v.type, v.n), ("%d-%d"):format(v.from, v.to)
      rows[#rows + 1] = { v.name, shape, ("0x%x"):format(v.offset), v.bytes, life }
    end
  end
  return pictures.arena(f) .. keys { { "f32", "a" }, { "quantised", "b" }, { "of threads", "c" } }
    .. paragraph("Before these lies the cache, " .. mega(f.kv_bytes) .. ". Small values are drawn larger than they are.")
    .. "<details><summary>values of the first layer: type, offset, bytes, phases</summary>\n" .. table_html(rows)
    .. "</details>\n"
end

local function roofline(rows)
  if not rows then
    return paragraph("Not measured yet: write the figures with `bench --json >FILE`, then `tritc report DIR --bench FILE`.")
  end
  local cells = { { ("-t %d"):format(rows[1].threads), "tokens/s", "GB/s", "sweep", "GMAC/s", "peak" } }
  for i, r in ipairs(rows) do
    cells[i + 1] = { ("%s %d"):format(r.phase, r.depth), ("%.1f"):format(r.tokens_per_second),
      ("%.2f"):format(r.bytes_per_second / 1e9), ("%.0f\u{a0}%%"):format(100 * r.bandwidth_share),
      ("%.1f"):format(r.macs_per_second / 1e9), ("%.0f\u{a0}%%"):format(100 * r.peak_share) }
  end
  return pictures.roofline(rows) .. table_html(cells)
end

local function kernels(f)
  local rows = {}
  for i, k in ipairs(f.kernels) do
    local steps = k.steps and ("%d of %d steps written out"):format(k.unroll, k.steps) or k.packing
    rows[i] = { k.name, ("%d rows x %d, %s, |sum| <= %d"):format(k.tile, k.k, steps, k.bound) }
  end
  return table_html(rows)
end

-- measured.txt: what `size` printed, and the seconds.
local function measured(dir)
  local path, rows = dir .. "/measured.txt", {}
  if not file.exists(path) then return paragraph("Not compiled yet.") end
  local text = file.read(path)
  for code, name in text:gmatch("\n%s*(%d+)%s+%d+%s+%d+%s+%d+%s+%x+%s+(%S+)") do
    rows[#rows + 1] = { name, math.tointeger(tonumber(code)), "bytes of code" }
  end
  rows[#rows + 1] = { "compiled in", math.tointeger(tonumber(text:match("compiled in (%d+) s"))) or "-", "seconds" }
  return table_html(rows)
end

local function hashes(f)
  return table_html { { "identity of the GGUF", f.model_hash }, { "layout of the image", f.layout } }
end

-- ---- the page ----

local FIGURES = { "depth", "threads", "tokens_per_second", "bytes_per_second", "bandwidth_share", "macs_per_second", "peak_share",
  "sweep_bytes_per_second", "peak_macs_per_second" }

-- The rows of a file that bench --json wrote. E_BENCH_JSON.
local function read_bench(path)
  local name = file.base(path)
  local rows = json.parse(file.read(path), name)
  if json.kind(rows) ~= "array" or #rows == 0 then fail("E_BENCH_JSON", "%s: no list of rows", name) end
  for i, row in ipairs(rows) do
    if json.kind(row) ~= "object" or type(row.phase) ~= "string" then fail("E_BENCH_JSON", "%s: row %d has no phase", name, i) end
    for _, key in ipairs(FIGURES) do
      if type(row[key]) ~= "number" or row[key] < 0 or row[key] == 0 and key ~= "depth" then
        fail("E_BENCH_JSON", "%s: row %d: %s is not a positive number", name, i, key)
      end
    end
  end
  return rows
end

-- Writes report.html into the folder of a build; bench: a file of bench --json, or nil. Returns its path.
function report_html.write(dir, bench)
  local f, path = explain.read(dir), dir .. "/report.html"
  local rows = bench and read_bench(bench)
  file.write(path, table.concat {
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n',
    '<meta name="viewport" content="width=device-width,initial-scale=1">\n',
    ("<title>%s for %s</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n%s</style></head>\n<body>\n"):format(escape(f.name),
      escape(f.target), STYLE .. svg.STYLE),
    head(f), section("From file to program", pipeline(f)), section("What a token reads", bytes(f)),
    section("Roofline", roofline(rows)), section("The graph", pictures.graph(f)), section("The arena over time", arena(f)),
    section("Kernels", kernels(f)), section("Compiled", measured(dir)), section("Hashes", hashes(f)), "</body></html>\n",
  })
  return path
end

return report_html
