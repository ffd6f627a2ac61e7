-- explain.lua: `tritc explain DIR [OP]`: what a build consists of, op by op, and what the compiler made of one of them.
-- Everything comes from graph.json of the build, the C it names and objdump; contract: docs/DESIGN.md ("The folder of a build").

local columns = require("gen.columns")
local disassembly = require("gen.disassembly")
local fail = require("gen.fail")
local file = require("gen.file")
local json = require("gen.json")
local nearest = require("gen.nearest")
local shell = require("gen.shell")

local explain = {}

local MAX_BYTES = 1 << 24      -- of graph.json: 0.25 MB in the 2B shape
local ASM_COLUMNS = 58

-- The facts of the build in `dir`.
function explain.read(dir)
  local path = dir .. "/graph.json"
  if not file.exists(path) then
    fail("E_BUILD_DIR", "%s holds no graph.json: it is no folder that tritc build or emit has made", dir)
  end
  local facts = json.read_object(path, MAX_BYTES)
  for _, key in ipairs { "ops", "functions", "kernels", "values", "image" } do
    if json.kind(facts[key]) ~= "array" then fail("E_BUILD_DIR", "%s: graph.json has no list '%s'; build it again", dir, key) end
  end
  return facts
end

local function by_name(list)
  local map = {}
  for _, row in ipairs(list) do map[row.name] = row end
  return map
end

-- ---- the whole graph ----

local NUMBERS = { true, [5] = true, [6] = true, [7] = true, [9] = true }     -- columns of the table of ops

local function operands(op) return op.ins .. (op.tensor and (op.ins ~= "" and " " or "") .. op.tensor or "") end

local function graph_text(facts)
  local functions = by_name(facts.functions)
  local lines = {
    ("%s (%s) for %s: %d ops, %d functions, %d kernels; context %d, batch %d, threads %d"):format(facts.name, facts.arch,
      facts.target, #facts.ops, #facts.functions, #facts.kernels, facts.ctx, facts.batch, facts.threads),
    ("image %d bytes, arena %d; read per token %d, %d where zeros are skipped, multiply-adds %d\n"):format(facts.image_bytes,
      facts.arena_bytes, facts.bytes_per_token, facts.touched_bytes_per_token, facts.macs_per_token),
  }
  local ops = { { "op", "value", "is", "shape", "bytes", "macs", "arena", "function", "call", "lines", "of" } }
  for i, op in ipairs(facts.ops) do
    local f = functions[op["function"]]
    ops[i + 1] = { tostring(i), op.out, op.op, ("%s[%d]"):format(op.type, op.n), tostring(op.bytes), tostring(op.macs),
      op.arena and ("0x%x"):format(op.arena) or "-", op["function"], tostring(op.line), ("%d-%d"):format(f.first, f.last),
      operands(op) }
  end
  table.move(columns(ops, NUMBERS), 1, #ops, #lines + 1, lines)
  lines[#lines + 1] = "\nbytes and multiply-adds of one token; call and lines: of model.c\n"
    .. "behind a screen the head reads the rows of candidates only\nkernels:"
  local kernels = {}
  for i, k in ipairs(facts.kernels) do
    kernels[i] = { "  " .. k.name, ("%s.c, %d lines"):format(k.file, k.last), "from templates " .. k.template }
  end
  table.move(columns(kernels), 1, #kernels, #lines + 1, lines)
  return table.concat(lines, "\n") .. "\n"
end

-- ---- one op ----

-- The names that `wanted` may have meant.
local function near(facts, wanted)
  local names, seen = {}, {}
  local function add(name)
    if name and not seen[name] then names[#names + 1] = name end
    seen[name or ""] = true
  end
  for _, f in ipairs(facts.functions) do add(f.name) end
  for _, k in ipairs(facts.kernels) do add(k.name) end
  for _, op in ipairs(facts.ops) do
    add(op.op)
    add(op.out)
    add(op.tensor)
  end
  return table.concat(nearest(wanted, names), ", ")
end

-- The functions and kernels that `wanted` names: a function, a kernel, a kind of op, a value or a tensor.
local function find(facts, dir, wanted)
  local functions, kernels, found, seen = by_name(facts.functions), by_name(facts.kernels), {}, {}
  local function add(row)
    if row and not seen[row] then found[#found + 1] = row end
    if row then seen[row] = true end
  end
  add(kernels[wanted])
  for _, op in ipairs(facts.ops) do
    if op["function"] == wanted or op.op == wanted or op.out == wanted or op.tensor == wanted then
      add(functions[op["function"]])
      add(kernels[op.kernel])
    end
  end
  if #found == 0 then fail("E_USAGE", "%s has no op '%s'; nearest: %s", dir, wanted:sub(1, 64), near(facts, wanted)) end
  return found
end

-- The object of a C file of the build, with line numbers, made by the build's own rules.
local function compile(dir, name)
  if not name:find("^[%w_][%w_.-]*$") then fail("E_BUILD_DIR", "%s: graph.json names a file '%s'", dir, name) end
  if not shell.has("make") then fail("E_TOOL", "no make; install the package make") end
  local argv = { "make", "-s", "-f", "build.mk", name .. ".lines" }
  local ok = shell.try { "sh", "-c", 'cd -- "$1" && shift && exec "$@" >&2', "sh", dir, table.unpack(argv) }
  if not ok then fail("E_TOOL", "the compiler failed in %s", dir) end
  return ("%s/%s.lines"):format(dir, name)
end

local function read_lines(path)
  local lines = {}
  for line in file.read(path):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

-- The calls of a function, each with its line.
local function calls_text(facts, row, add)
  for i, op in ipairs(facts.ops) do
    if op["function"] == row.name or op.kernel == row.name then
      add("  op %d, line %d of model.c: %s = %s(%s), %d bytes, %d multiply-adds", i, op.line, op.out, op.op, operands(op),
        op.bytes, op.macs)
    end
  end
end

-- Instructions with the C that each comes from beside it, written where it changes.
local function beside(list, row, source, add)
  local line, symbol, count = nil, nil, 0
  for _, instruction in ipairs(list) do
    local here = disassembly.line_in(instruction, row.file .. ".c", row.first, row.last)
    if here then
      if instruction.symbol ~= symbol then add("  <%s>", instruction.symbol) end
      local c = here ~= line and ("%5d | %s"):format(here, source[here]:match("^%s*(.*)$")) or ""
      add("%s", (("  %-" .. ASM_COLUMNS .. "s %s"):format(instruction.text:sub(1, ASM_COLUMNS), c):gsub("%s+$", "")))
      line, symbol, count = here, instruction.symbol, count + 1
    end
  end
  return count
end

local function explain_one(facts, dir, row, add)
  local source, object = read_lines(("%s/%s.c"):format(dir, row.file)), compile(dir, row.file)
  local list = disassembly.read(facts.objdump, facts.objdump_package, object)
  add("%s: %s.c, lines %d to %d%s; target %s (%s)\n", row.name, row.file, row.first, row.last,
    row.template and ", from templates " .. row.template or "", facts.target, facts.flags ~= "" and facts.flags or "no flags")
  calls_text(facts, row, add)
  add("\nC:")
  for i = row.first, math.min(row.last, #source) do add("%5d | %s", i, source[i]) end
  add("\ninstructions, and the C that each comes from:")
  local count = beside(list, row, source, add)
  add("\n%d instructions", count)
  if not row.gemv_first then return add("") end
  local block = disassembly.largest_block(list, row.file .. ".c", row.gemv_first, row.gemv_last)
  add(block and "innermost block: %d instructions for %d weights (%d rows, %d of %d steps): %.4f instructions per weight\n"
    or "no innermost block found\n", block, row.block_weights, row.tile, row.unroll, row.steps, (block or 0) / row.block_weights)
end

-- Returns the text: of the graph, or of what `wanted` names. E_BUILD_DIR, E_USAGE, E_TOOL.
function explain.text(dir, wanted)
  local facts = explain.read(dir)
  if not wanted then return graph_text(facts) end
  local lines = {}
  local function add(format, ...) lines[#lines + 1] = select("#", ...) == 0 and format or format:format(...) end
  for _, row in ipairs(find(facts, dir, wanted)) do explain_one(facts, dir, row, add) end
  return table.concat(lines, "\n") .. "\n"
end

return explain
