-- graph_json.lua: graph.json of a build: the facts that `tritc explain` and report.html are made of.
-- Requires: a planned graph whose model.c and kernels are rendered. Line numbers are found by looking for the very texts that
-- were put together, in their order: nothing parses C.

local arena_map = require("gen.arena_map")
local emit_build = require("gen.emit_build")
local json = require("gen.json")
local ops = require("gen.ops")
local report_skip = require("gen.report_skip")

local function newlines(text, from, to)
  local _, n = text:sub(from, to):gsub("\n", "")
  return n
end

-- A function(part) -> first and last line of the next occurrence of `part` in text.
local function locator(text)
  local at, line = 1, 1
  return function(part)
    part = part:gsub("\n+$", "")
    local from, to = text:find(part, at, true)
    if not from then error("generated text does not hold its part: " .. part:sub(1, 80), 0) end
    line = line + newlines(text, at, from - 1)
    local first = line
    at, line = to + 1, line + newlines(text, from, to)
    return first, line
  end
end

-- Bytes of the image that op reads for one token at position 0. A head behind a screen reads candidates' rows alone.
local function op_bytes(g, op)
  if op.op == "embed" then return op.weight.row_bytes end
  if op.screen then return 0 end
  if op.op == "rope" then return g.params.head_dim * 4 end
  local w = op.weight
  return w and w.entry.bytes + (w.groups and w.groups.bytes or 0) or 0
end

local function op_row(g, op, line)
  local value, w = g.values[op.out], op.weight
  return {
    { "op", op.op }, { "out", op.out }, { "type", value.type }, { "n", value.n }, { "ins", table.concat(op.ins, " ") },
    { "tensor", w and w.name }, { "tensor_type", w and w.type }, { "k", w and w.k }, { "rows", w and w.rows },
    { "layer", op.layer }, { "part", op.part }, { "phase", op.phase },
    { "barrier", op.barrier and (op.barrier == true and "all" or op.barrier) },
    { "bytes", op_bytes(g, op) }, { "macs", op.screen and 0 or ops[op.op].macs(op) },
    { "arena", value.offset }, { "image", w and w.entry.offset },
    { "function", op.func }, { "line", line }, { "kernel", op.kernel and op.kernel.name },
  }
end

-- The scan of the head's screen, which comes before it: no op of the graph, but what a token pays for.
local function screen_row(g, op, line)
  local w, screen = op.weight, op.screen
  return {
    { "op", "screen" }, { "out", "bounds" }, { "type", "f32" }, { "n", w.rows }, { "ins", table.concat(op.ins, " ") },
    { "tensor", w.name }, { "tensor_type", "int8" }, { "k", w.k }, { "rows", w.rows }, { "part", op.part }, { "phase", op.phase },
    { "bytes", screen.bytes }, { "macs", ops.head.macs(op) }, { "arena", g.arena.lower_offset }, { "image", screen.entry.offset },
    { "function", screen.func }, { "line", line }, { "kernel", screen.name },
  }
end

local function op_rows(g, text)
  local rows, next_part, screen = {}, locator(text), g.ops[#g.ops].screen
  for i, op in ipairs(g.ops) do rows[i] = op_row(g, op, (next_part(op.call))) end
  if screen then table.insert(rows, #rows, screen_row(g, g.ops[#g.ops], (next_part(screen.call)))) end
  return rows
end

local function function_rows(g, text)
  local rows, next_part = {}, locator(text)
  for i, f in ipairs(g.functions) do
    local first, last = next_part(f.text)
    rows[i] = { { "name", f.name }, { "file", "model" }, { "first", first }, { "last", last } }
  end
  return rows
end

-- gemv_first, gemv_last: the lines of the part for one token, whose innermost block has block_weights weights.
local function kernel_row(k, text)
  local next_part, first, last = locator(text), nil, nil
  for i, piece in ipairs(k.pieces) do
    local from, to = next_part(k.texts[i])
    if piece:find("^gemv") then first, last = from, to end
  end
  return {
    { "name", k.name }, { "file", k.file }, { "first", 1 }, { "last", newlines(text, 1, #text) },
    { "gemv_first", first }, { "gemv_last", last },
    { "template", table.concat(k.pieces, " ") .. " " .. table.concat(k.batch_pieces, " ") },
    { "packing", k.packing }, { "k", k.k }, { "tile", k.tile }, { "steps", k.steps }, { "unroll", k.unroll },
    { "block_weights", k.tile * k.step_k * k.unroll }, { "bound", k.bound },
  }
end

-- No packed weights, no single innermost block.
local function screen_kernel_row(screen, text)
  return {
    { "name", screen.name }, { "file", screen.file }, { "first", 1 }, { "last", newlines(text, 1, #text) },
    { "template", (screen.common and screen.common .. " " or "") .. screen.template }, { "packing", "int8" }, { "k", screen.k },
    { "tile", screen.group }, { "bound", 127 * screen.k * screen.h_max },
  }
end

local function kernel_rows(g, texts)
  local rows, screen = {}, g.ops[#g.ops].screen
  for i, k in ipairs(g.kernels) do rows[i] = kernel_row(k, texts[k.file .. ".c"]) end
  if screen then rows[#rows + 1] = screen_kernel_row(screen, texts[screen.file .. ".c"]) end
  return rows
end

local function value_rows(g)
  local rows, seen = {}, {}
  local function add(v)
    rows[#rows + 1] = { { "name", v.name }, { "type", v.type }, { "n", v.n }, { "bytes", v.bytes }, { "offset", v.offset },
      { "from", v.from }, { "to", v.to } }
  end
  add { name = "state", type = "struct", n = 1, bytes = g.arena.state, offset = 0, from = 1, to = g.phases }
  for _, op in ipairs(g.ops) do
    local v = g.values[op.out]
    if not seen[v] then add(v) end
    seen[v] = true
  end
  for _, v in ipairs(arena_map.regions(g)) do add(v) end
  return rows
end

local function image_rows(g)
  local rows = {}
  for i, e in ipairs(g.image.entries) do
    rows[i] = { { "kind", e.kind }, { "name", e.name }, { "offset", e.offset }, { "bytes", e.bytes } }
  end
  return rows
end

-- The disassembler that belongs to a compiler, and the Debian package that has it.
local function disassembler(cc)
  local prefix = cc:match("([%w_-]+%-)gcc")
  return (prefix or "") .. "objdump", "binutils" .. (prefix and "-" .. prefix:gsub("_", "-"):sub(1, -2) or "")
end

-- files: { name, text } of the build, model.c and kernels among them; cc: its compiler. Returns the text of graph.json.
return function(g, files, cc)
  local texts = {}
  for _, f in ipairs(files) do texts[f.name] = f.text end
  local objdump, package = disassembler(cc)
  local costs, p = emit_build.costs(g), g.params
  local list = {
    { "name", g.name }, { "arch", p.arch }, { "model_hash", p.gguf.hash }, { "layout", ("%016x"):format(g.image.id) },
    { "target", g.target.name }, { "about", g.target.about }, { "flags", table.concat(g.target.cflags, " ") },
    { "objdump", objdump }, { "objdump_package", package },
    { "layers", p.n_layer }, { "ctx", g.sizes.ctx }, { "batch", g.sizes.batch }, { "threads", g.sizes.threads },
    { "phases", g.phases }, { "image_bytes", g.image.bytes }, { "arena_bytes", g.arena.bytes }, { "kv_bytes", g.arena.kv_bytes },
    { "bytes_per_token", costs.bytes }, { "touched_bytes_per_token", report_skip.touched(g, costs.bytes) },
    { "head_bytes", costs.head.bytes },
    { "macs_per_token", costs.macs }, { "head_macs", costs.head.macs },
  }
  list[#list + 1] = { "functions", json.rows(function_rows(g, texts["model.c"])) }
  list[#list + 1] = { "ops", json.rows(op_rows(g, texts["model.c"])) }
  list[#list + 1] = { "kernels", json.rows(kernel_rows(g, texts)) }
  list[#list + 1] = { "values", json.rows(value_rows(g)) }
  list[#list + 1] = { "image", json.rows(image_rows(g)) }
  return json.object(list)
end
