-- report.lua: what the compiler knows, for people and as JSON: report.txt of a build, and the lists of targets and models.

local arena_map = require("gen.arena_map")
local columns = require("gen.columns")
local emit_build = require("gen.emit_build")
local graph = require("gen.graph")
local groups = require("gen.groups")
local json = require("gen.json")
local report_skip = require("gen.report_skip")
local target = require("gen.target")

local report = {}

local function mega(bytes) return ("%.2f MB"):format(bytes / 1e6) end

local function image_table(g)
  local lines = {}
  for _, e in ipairs(g.image.entries) do
    lines[#lines + 1] = ("0x%09x %12d  %-7s %s"):format(e.offset, e.bytes, e.kind, e.name)
  end
  return table.concat(lines, "\n")
end

local function kernel_table(g)
  local rows = {}
  for i, k in ipairs(g.kernels) do
    rows[i] = { k.name, ("%d rows x %d, %d steps of %d weights, %d written out"):format(k.tile, k.k, k.steps, k.step_k,
      k.unroll) }
  end
  return table.concat(columns(rows), "\n")
end

-- report.txt: everything about a build that does not depend on the machine that compiles it.
function report.text(g)
  local p, costs = g.params, emit_build.costs(g)
  return table.concat({
    ("model      %s (%s), identity %s"):format(g.name, p.arch, p.gguf.hash),
    ("target     %s: %s"):format(g.target.name, g.target.about),
    ("sizes      context %d, batch %d, threads %d"):format(g.sizes.ctx, g.sizes.batch, g.sizes.threads),
    ("rows       %s"):format(emit_build.rows_text(g)),
    ("image      %d bytes, layout %016x"):format(g.image.bytes, g.image.id),
    ("arena      %d bytes, of these %d cache"):format(g.arena.bytes, g.arena.kv_bytes),
    ("packing    %s; %s"):format(g.packing.name, g.packing.why),
    ("scales     %s"):format(groups.text(g)),
    ("per token  %d bytes read, %d where zeros are skipped, %d multiply-adds (decode at position 0)"):format(costs.bytes,
      report_skip.touched(g, costs.bytes), costs.macs),
    "\nskipping " .. report_skip.text(g),
    "\nkernels (code bytes and seconds of compiling: measured.txt)\n" .. kernel_table(g),
    "\ngraph\n" .. graph.dump(g),
    "arena: offset, bytes, value, life\n" .. arena_map.text(g):gsub("\n %*", "\n"):gsub("^ %*", ""),
    "image: offset, bytes, kind, tensor\n" .. image_table(g) .. "\n",
  }, "\n")
end

-- One line per target and per board.
function report.targets(root)
  local targets, boards = {}, {}
  for i, name in ipairs(target.names(root)) do
    local t = target.load(root, name)
    targets[i] = { t.name, t.arch, t.about, "needs: " .. (t.needs ~= "" and t.needs or "nothing") }
  end
  for i, b in ipairs(target.boards(root)) do
    local memory = b.memory and (", %s GB"):format(table.concat(b.memory, ", ")) or ""
    local bandwidth = b.bandwidth and (", %.1f GB/s (%s)"):format(b.bandwidth, b.source) or ""
    boards[i] = { b.name, b.target, b.about .. memory .. bandwidth }
  end
  return table.concat(columns(targets), "\n") .. "\n\n" .. table.concat(columns(boards), "\n") .. "\n"
end

local function parameters(g)
  local n = 0
  for _, t in pairs(g.params.tensors) do n = n + t.k * t.rows end
  return n
end

local function models_json(rows)
  local texts = {}
  for i, row in ipairs(rows) do
    local m, g = row.known, row.graph
    local list = { { "name", m.name }, { "arch", m.arch }, { "source", m.source or json.null },
      { "published", m.published or json.null }, { "unsupported", m.unsupported or json.null },
      { "unverified", table.concat(m.unverified or {}, " ") } }
    if g then
      table.move({
        { "target", g.target.name }, { "ctx", g.sizes.ctx }, { "parameters", parameters(g) }, { "image_bytes", g.image.bytes },
        { "arena_bytes", g.arena.bytes }, { "kv_bytes", g.arena.kv_bytes }, { "bytes_per_token", emit_build.costs(g).bytes },
      }, 1, 7, #list + 1, list)
    end
    texts[i] = json.object(list)
  end
  return json.array(texts)
end

-- What a line of the list says beside the figures.
local function remarks(m)
  return (m.published and "  published as " .. m.published or "")
    .. (m.unverified and "  ~ " .. table.concat(m.unverified, ", ") or "")
end

-- rows: { { known = table of models/, graph = its plan, or nil where it is not supported } ... }
function report.models(rows, options)
  if options.json then return models_json(rows) end
  local lines = { ("%-22s %-13s %10s %10s %10s %10s"):format("model", "arch", "parameters", "disk", "memory", "per token") }
  for _, row in ipairs(rows) do
    local m, g, rest = row.known, row.graph
    if g then
      rest = ("%8.2f M %10s %10s %10s%s"):format(parameters(g) / 1e6, mega(g.image.bytes), mega(g.image.bytes + g.arena.bytes),
        mega(emit_build.costs(g).bytes), remarks(m))
    else
      rest = "not supported: " .. m.unsupported
    end
    lines[#lines + 1] = ("%-22s %-13s %s"):format(m.name, m.arch, rest)
  end
  return table.concat(lines, "\n") .. "\n\n" .. [=[
disk: the image, with I2_S matrices and the embedding in F16. memory: that, mapped, and the arena for a context of at most 4096.
~: to be read from the file; no first-hand source confirms it.
]=]
end

return report
