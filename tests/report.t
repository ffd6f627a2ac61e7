#!/usr/bin/env lua5.4
-- report.t: report.html: one file that loads nothing; its pictures against graph.json; as a browser shows it on a phone and a desk.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local file = require("gen.file")
local json = require("gen.json")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path
local DEMO = "models/shakespeare.gguf"
local BUILD = programs.build(DEMO, programs.native())
local PAGE = BUILD .. "/report.html"

local ROW = '{"phase": "%s", "mode": "dense", "depth": %d, "threads": 2, "tokens_per_second": 100.5, "bytes_per_second": %s, '
  .. '"bandwidth_share": 0.5, "macs_per_second": %s, "peak_share": 0.25, "sweep_bytes_per_second": 2e10, "peak_macs_per_second": 4e11}'
cases.write(D .. "/bench.json", "[" .. ROW:format("prefill", 128, "2e8", "1e11") .. "," .. ROW:format("decode", 0, "1e10", "2e10") .. "]")
cases.write(D .. "/none.json", "[]")
cases.write(D .. "/zero.json", "[" .. ROW:format("decode", 0, "0", "1") .. "]")
local before = file.read(PAGE)
commands.check(t, {
  { "no figures: it says how to get them", "grep -c 'Not measured yet' $B/report.html", 0, "1\n" },
  { "another report, with figures", "cp -r $B $D/copy && gen/tritc report $D/copy --bench $D/bench.json", 0, nil, "wrote .../copy/report.html\n" },
  { "the points of the roofline", "grep -c '<circle' $D/copy/report.html; grep -c 'prefill 128: 100.0 GMAC/s, 0.20 GB/s' $D/copy/report.html", 0, "2\n1\n" },
  { "a bench without rows", "gen/tritc report $B --bench $D/none.json", 65, nil, "error: E_BENCH_JSON: none.json: no list of rows\n" },
  { "a bench with absurd rows", "gen/tritc report $B --bench $D/zero.json", 65, nil, "error: E_BENCH_JSON: zero.json: row 1: bytes_per_second is not a positive number\n" },
  { "no bench at all", "gen/tritc report $B --bench $D/no.json", 66, nil, "error: E_OPEN: ...no.json: No such file or directory\n" },
  { "a folder that is no build", "gen/tritc report models", 66, nil, "error: E_BUILD_DIR: models holds no graph.json: ...\n" },
}, { B = BUILD, D = D })
local page = file.read(D .. "/copy/report.html")

-- ---- one file, complete, well-formed ----

t.ok(#page < 400000 and #before < 400000, ("%d bytes, less than 400 KB"):format(#page))
local loads = {}
for _, pattern in ipairs { "https?:", "<script", "src=", "url%(", "@import", "javascript", " on%l+=" } do
  if page:find(pattern) then loads[#loads + 1] = pattern end
end
t.is(table.concat(loads, " "), "", "nothing is loaded, nothing is run")
local open, VOID = {}, { meta = true, link = true }
local bad
for close, tag, rest in page:gsub("<!DOCTYPE html>", ""):gmatch("<(/?)(%l[%w]*)([^>]*)>") do
  if close == "/" then
    bad = bad or table.remove(open) ~= tag and tag
  elseif not VOID[tag] and rest:sub(-1) ~= "/" then
    open[#open + 1] = tag
  end
end
t.ok(not bad and #open == 0, "every tag is closed in its turn " .. (bad or ""))

-- ---- what it shows ----

local facts = json.read_object(BUILD .. "/graph.json", 1 << 20)
local absent = {}
for _, text in ipairs { facts.model_hash, facts.layout, facts.kernels[1].name, ("%.2f MB"):format(facts.image_bytes / 1e6),
  ("%.2f MB"):format(facts.arena_bytes / 1e6), "model.o", "compiled in" } do
  if not page:find(text, 1, true) then absent[#absent + 1] = text end
end
t.is(table.concat(absent, ", "), "", "sizes, hashes, kernels, compile times")

-- The rectangles of the picture with this label: { x, y, width, height, title }.
local function rectangles(label)
  local list = {}
  for x, y, width, height, title in page:match('aria%-label="' .. label .. '.-</svg>'):gmatch(
    '<rect x="([%d.]+)" y="([%d.]+)" width="([%d.]+)" height="([%d.]+)" class="%l">(.-)</rect>') do
    list[#list + 1] = { x = tonumber(x), y = tonumber(y), width = tonumber(width), height = tonumber(height), title = title }
  end
  return list
end

local width = 0
for _, r in ipairs(rectangles("bytes per token")) do width = width + r.width end
t.ok(math.abs(width - 360) < 0.3, "the parts of a token's bytes make up the whole")
local layer_ops = 0
for _, op in ipairs(facts.ops) do layer_ops = layer_ops + ((op.layer or 0) == 0 and 1 or 0) end
t.is(#rectangles("the graph"), layer_ops, "a box for each op outside of layers and in the first one")
local arena, overlaps = rectangles("the arena"), {}
for i, a in ipairs(arena) do
  for j = 1, i - 1 do
    local b = arena[j]
    if a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height then
      overlaps[#overlaps + 1] = a.title .. " / " .. b.title
    end
  end
end
t.ok(#arena > 20, #arena .. " values in the arena")
t.is(table.concat(overlaps, "\n"), "", "no two of them lie in the same place at the same time")

-- ---- in a browser ----

-- Tells of texts that overlap or leave their picture, and of anything wider than the page.
local PROBE = [[<pre id="probe"></pre><script>
let found = [];
for (const svg of document.querySelectorAll("svg")) {
  const frame = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll("text")];
  const boxes = texts.map(e => e.getBoundingClientRect());
  boxes.forEach((a, i) => {
    if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.bottom > frame.bottom + 1) found.push("outside: " + texts[i].textContent);
    boxes.slice(0, i).forEach((b, j) => {
      if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
        found.push("overlap: " + texts[i].textContent + " / " + texts[j].textContent);
    });
  });
}
for (const e of document.querySelectorAll("body > *, svg"))
  if (e.getBoundingClientRect().right > document.body.getBoundingClientRect().right + 1) found.push("wide: " + e.tagName);
document.getElementById("probe").textContent = "probe done. " + found.join("; ");
</script></body>]]

local CHROMIUM = "timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
  .. "--disable-component-update --disable-sync --enable-logging=stderr --user-data-dir=%s/profile --window-size=%d,900 %s file://%s"

if not shell.has("chromium") then
  t.skip("no chromium", "in a browser")
else
  for name, path in pairs { bench = D .. "/copy", scalar = shell.capture({ "sh", "-c", "cd " .. programs.build(DEMO, "scalar") .. " && pwd" }):match("[^\n]+") } do
    local out, code, err = programs.run(CHROMIUM:format(D, 1280, ("--screenshot=%s/%s.png"):format(D, name), path .. "/report.html"))
    t.ok(code == 0 and file.exists(("%s/%s.png"):format(D, name)), name .. ": it renders")
    t.is((out .. err):match("[^\n]*CONSOLE[^\n]*"), nil, name .. ": nothing on the console")
  end
  for _, columns in ipairs { 390, 1280 } do
    local fixed = page:gsub("</style>", ("body{width:%dpx;box-sizing:border-box}</style>"):format(columns)):gsub("</body>", function() return PROBE end)
    cases.write(D .. "/probe.html", fixed)
    local dom = programs.run(CHROMIUM:format(D, 1280, "--dump-dom", D .. "/probe.html"))
    t.is(dom:match('<pre id="probe">(.-)</pre>'), "probe done. ", columns .. " pixels wide: no texts overlap, nothing leaves the page")
  end
end
t.done()
