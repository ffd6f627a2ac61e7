-- analyze.lua: what the ternary matrices of a file hold: counts of the weights, entropy, spread of the scales, whether s54 could
-- hold them, bytes in each packing. templates/analyze.c counts.

local ask_matrices = require("gen.ask_matrices")
local gguf = require("gen.gguf")
local json = require("gen.json")
local model = require("gen.model")
local packings = require("gen.packings")
local read_matrices = require("gen.read_matrices")

local analyze = {}

-- The packings of matrices that are read whole, the largest first.
local DENSE = {}
for name, p in pairs(packings) do DENSE[#DENSE + 1] = not p.list and name or nil end
table.sort(DENSE, function(a, b)
  local x, y = packings[a], packings[b]
  return x.bytes * y.step > y.bytes * x.step or x.bytes * y.step == y.bytes * x.step and a < b
end)

-- Bits per weight that an ideal code of single weights would take.
local function entropy(codes, total)
  local bits = 0
  for _, n in ipairs(codes) do
    if n > 0 then bits = bits - n / total * math.log(n / total, 2) end
  end
  return bits
end

-- Bytes of rows x k weights in a packing, nil if it cannot hold them. Whole steps; rows are padded by each target as it likes.
local function bytes_in(name, row)
  local p = packings[name]
  if row.codes[4] > 0 and p.code_max < 3 or name == "s54" and row.sparse < row.fours or name == "b1" and row.codes[2] > 0 then
    return nil
  end
  return row.rows * ((row.k + p.step - 1) // p.step) * p.bytes // 16
end

-- n: what the program says of tensor w.
local function row_of(w, n)
  local row = { name = w.name, format = w.type, rows = w.rows, k = w.k, codes = { n[1], n[2], n[3], n[4] }, units = n[5],
    unscaled = n[6], fours = n[7], sparse = n[8], least = n[9], most = n[10], bytes = {} }
  row.entropy = entropy(row.codes, w.rows * w.k)
  for _, name in ipairs(DENSE) do row.bytes[name] = bytes_in(name, row) end
  return row
end

-- The sum of all rows, where it means something.
local function total_of(rows)
  local total = { name = "all", codes = { 0, 0, 0, 0 }, weights = 0, fours = 0, sparse = 0, bytes = {} }
  for i, row in ipairs(rows) do
    total.weights = total.weights + row.rows * row.k
    total.fours, total.sparse = total.fours + row.fours, total.sparse + row.sparse
    for c = 1, 4 do total.codes[c] = total.codes[c] + row.codes[c] end
    for _, name in ipairs(DENSE) do
      local before = i == 1 and 0 or total.bytes[name]
      total.bytes[name] = before and row.bytes[name] and before + row.bytes[name]
    end
  end
  total.entropy = entropy(total.codes, math.max(1, total.weights))
  return total
end

local function share(n, total) return total == 0 and "-" or ("%.1f"):format(100 * n / total) end

local function line_of(row)
  local weights, c = row.weights or row.rows * row.k, row.codes
  local scales = not row.least and "" or row.least == row.most and ("%.6g"):format(row.most)
    or ("%.4g .. %.4g"):format(row.least, row.most)
  local words = { ("%-26s %-9s %13s %5s %5s %5s %5s %6.3f %5s %-20s"):format(row.name, row.format or "",
    row.rows and ("%d x %d"):format(row.rows, row.k) or "", share(c[1], weights), share(c[2], weights), share(c[3], weights),
    share(c[4], weights), row.entropy, share(row.sparse, row.fours), scales) }
  for _, name in ipairs(DENSE) do words[#words + 1] = ("%10s"):format(row.bytes[name] and row.bytes[name] // 1 or "-") end
  return table.concat(words, " ")
end

local function table_text(rows)
  local lines = { ("%-26s %-9s %13s %5s %5s %5s %5s %6s %5s %-20s %s"):format("tensor", "format", "rows x k", "-1 %",
    "0 %", "+1 %", "+2 %", "bits", "3:4 %", "scale", ((" %10s"):rep(#DENSE):sub(2):format(table.unpack(DENSE)))) }
  for _, row in ipairs(rows) do lines[#lines + 1] = line_of(row) end
  lines[#lines + 1] = line_of(total_of(rows))
  return table.concat(lines, "\n") .. "\n"
end

-- An f32 as a value of JSON.
local function number(x) return { json = ("%.9g"):format(x) } end

local function json_text(rows)
  local texts = {}
  for i, row in ipairs(rows) do
    local list = { { "tensor", row.name }, { "format", row.format }, { "rows", row.rows }, { "k", row.k },
      { "minus_one", row.codes[1] }, { "zero", row.codes[2] }, { "plus_one", row.codes[3] }, { "plus_two", row.codes[4] },
      { "entropy", row.entropy }, { "scales", row.units }, { "scales_zero", row.unscaled }, { "scale_min", number(row.least) },
      { "scale_max", number(row.most) }, { "fours", row.fours }, { "fours_with_one_zero", row.sparse } }
    for _, name in ipairs(DENSE) do list[#list + 1] = { name .. "_bytes", row.bytes[name] or json.null } end
    texts[i] = json.object(list)
  end
  return json.array(texts)
end

-- Reads the GGUF options.operand; options: json, cc, i2s_layout, tl_config. Returns the text of the table, or JSON.
-- E_GGUF_*, E_MODEL_*, E_TOOL.
function analyze.run(root, options)
  local m, rows = model.load(gguf.read(options.operand)), {}
  local list = read_matrices.list(m)
  for i, numbers in ipairs(ask_matrices(root, m, list, "analyze", options.cc, options)) do rows[i] = row_of(list[i], numbers) end
  return options.json and json_text(rows) or table_text(rows)
end

return analyze
