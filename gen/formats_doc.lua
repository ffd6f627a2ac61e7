-- formats_doc.lua: docs/FORMATS.md from gen/formats.lua and gen/tensor_types.lua. Run by `make formats-doc`; a test compares.

local formats = require("gen.formats")
local tensor_types = require("gen.tensor_types")

local lines = { [[
# Formats of ternary and binary weights

What can stand in the place of a ternary matrix. `pack` rewrites all of them into the packings of docs/PACKINGS.md, so they cost
nothing at run time and the same weights give the same image. This page is generated from gen/formats.lua.

| format | id | bits per weight | one scale for | | from |
|---|---|---|---|---|---|]] }

local rows = {}
for id, type in pairs(tensor_types) do
  for _, layout in ipairs(type.variants or { type }) do
    if formats[layout.name] then rows[#rows + 1] = { id = id, layout = layout, format = formats[layout.name] } end
  end
end
table.sort(rows, function(a, b) return a.id < b.id or a.id == b.id and a.layout.name < b.layout.name end)

for _, row in ipairs(rows) do
  local layout, format = row.layout, row.format
  local bits = layout.bytes_of and "about 1.7" or ("%.4g"):format(8 * layout.block_bytes / layout.block)
  local per = math.type(format.per) and ("%d weights"):format(format.per) or "a " .. (format.per == "row" and "row" or "tensor")
  lines[#lines + 1] = ("| %s | %d | %s | %s, %s | %s | %s |"):format(layout.name:upper(), row.id, bits, per,
    format.scale_bytes == 2 and "f16" or "f32", format.about, format.source)
end

lines[#lines + 1] = [[

- A matrix has one scale, one for each row, or one for each group of columns, as its format says; but scales that are all equal,
  or 0, are one. Weights whose scale is 0 are 0. A scale that is not finite is E_MODEL_SCALE.
- Code 3 is E_MODEL_CODE where the format has none; in the Q2_0 formats it is a weight of +2. Matrices without it get the kernels
  and packings of all formats; that is read from the file before the plan.
- An id that several formats use is told by size: all tensors that have it must fill the space up to the next tensor, or to the
  end of the file, in one of the formats and in no other; otherwise E_MODEL_TYPE. So is a ternary tensor that does not fill its
  space.
- I2_S does not say how it was packed: `--i2s-layout arm` for files that an Arm build of bitnet.cpp has quantised since November
  2025, `sequential` for those of the quantiser in plain C of its newer llama.cpp. What converters write, and all released files,
  need nothing.
- TL1 and TL2 do not say their tiles, which are constants of bitnet.cpp's kernels for three models (gen/tl_tiles.lua); where its
  two sets of kernels differ, `--tl-config setup` or `preset` must say which.
- Activations are int8, with a scale for each token, or for each 32 where models were trained without: those in the Q1_0, Q2_0 and
  PTQ1_0 formats, and those in TQ1_0 and TQ2_0 that are none of BitNet's. `--act token` or `group32` overrides
  (docs/NUMERICS.md 2.2).

Embedding and head can be F32, F16, BF16, Q8_0, Q6_K, Q4_0, Q4_K (ggml), and Q1_0, Q2_0, PQ2_0 or PTQ1_0 as the matrices; the
image keeps their blocks, which become floats as they are read (docs/NUMERICS.md 2.6). Norms can be of all these types of ggml.

## Scales

Which scales a file has is read from it before the plan; how they lie in the image does not depend on the packing of the codes.
One for a tensor or a row costs a kernel nothing: the f32 sums are multiplied by it, by a vector of them where rows differ.

Where scales of weights or activations change along a row, it is cut into **units**, the columns that one exact sum covers: the
group of the weights, or 32 where activations have a scale for every 32. A kernel is called for a unit of 16 rows, or of its
tile if that is more, as for a matrix with so many columns (`u32` in its name). The units of these rows lie one after the other,
so a thread still reads one stream; in t2 no byte moves. The step of the packing must divide the unit, else the packing is t2. The
scales of groups are a second stream, f16 as in the file: those of the rows of a unit, group after group.

`op_matmul_units.c` adds the units up in f32, 16 rows at a time: the 16 lanes of a row's sum are 16 vectors of rows, so the order
that docs/NUMERICS.md 2.3 defines costs no shuffles.]]

return table.concat(lines, "\n") .. "\n"
