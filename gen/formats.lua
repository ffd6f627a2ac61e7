-- formats.lua: the ternary and binary formats of GGUF that pack can read. One row per format, named as in gen/tensor_types.lua.
-- Adding one: a row here, its size in gen/tensor_types.lua, a templates/unpack_*.c if none of them fits, its reader in
-- tests/oracle/ternary.c, its writer: templates/encode_*.c or synth_formats.c. `make formats-doc` makes docs/FORMATS.md of
-- this table.

-- Fields of a row
--   template      the unpacker
--   per           elements that share a scale and lie together: a number, "row" or "tensor"
--   scale_bytes   2: f16, 4: f32
--   scale_at      where the scale lies among the bytes of such a unit; negative: counted from its end
--   scale_rows    rows whose scales lie together, in front of all their codes (1 where not said)
--   tiled         stored in the tiles of gen/tl_tiles.lua
--   plus_two      code 3 is +2, of two bits for each weight behind the scale; elsewhere no file may hold it
--   packing       of gen/packings.lua, where all its matrices fit one that cannot hold every matrix
--   group_trained its models were trained without int8 activations
--   bitnet_only   so were those that are not of a bitnet architecture
--   about, source for docs/FORMATS.md
--   plane, high_first, codes_at: facts for the template
local function row(template, per, scale_bytes, scale_at, fields)
  fields.template, fields.per, fields.scale_bytes, fields.scale_at = template, per, scale_bytes, scale_at
  fields.scale_rows, fields.plus_two = fields.scale_rows or 1, fields.plus_two or false
  return fields
end

local function q2_0(group, about)
  return row("unpack_2bit", group, 2, 0, { plane = 4, high_first = false, codes_at = 2, plus_two = true, group_trained = true,
    about = about, source = "ggml, PrismML" })
end

local function q1_0(group, about)
  return row("unpack_q1_0", group, 2, 0, { packing = "b1", group_trained = true, about = about, source = "ggml, PrismML" })
end

local formats = {
  i2_s = row("unpack_2bit", "tensor", 4, -32, { plane = 128, high_first = true, codes_at = 0,
    about = "the released bitnet.cpp files; packed flat over the rows", source = "bitnet.cpp" }),
  tl1 = row("unpack_tl1", "tensor", 4, -32, { tiled = true,
    about = "Arm lookup tables: pairs of weights, in tiles", source = "bitnet.cpp" }),
  tl2 = row("unpack_tl2", "tensor", 4, -32, { tiled = true,
    about = "x86 lookup tables: triples of weights, in tiles", source = "bitnet.cpp" }),
  tq1_0 = row("unpack_base3", 256, 2, -2, { bitnet_only = true, about = "five weights to a byte", source = "ggml" }),
  tq2_0 = row("unpack_2bit", 256, 2, -2, { plane = 128, high_first = false, codes_at = 0, bitnet_only = true,
    about = "four weights to a byte", source = "ggml" }),
  iq1_bn = row("unpack_iq1_bn", "row", 2, 0, { about = "five weights to a byte, the 16th of each 16 apart",
    source = "ik_llama.cpp" }),
  iq2_bn = row("unpack_2bit", "row", 4, 0, { plane = 64, high_first = false, codes_at = 4, about = "four weights to a byte",
    source = "ik_llama.cpp" }),
  iq2_bn_r4 = row("unpack_iq2_bn_r4", "row", 4, 0, { scale_rows = 4, about = "four rows interleaved", source = "ik_llama.cpp" }),
  stq1_0 = row("unpack_stq1_0", 256, 2, -2, { packing = "s54",
    about = "Sherry: of each four weights, 16 apart, one is zero: five bits", source = "llama.cpp pull request 22836" }),
  q2_0 = q2_0(64, "four neighbours to a byte"),
  q2_0_g128 = q2_0(128, "the same in groups of 128, PrismML's first Q2_0"),
  pq2_0 = q2_0(128, "the same in groups of 128, under an id of its own"),
  ptq1_0 = row("unpack_base3", 128, 2, -2, { group_trained = true, about = "TQ1_0 in groups of 128", source = "PrismML" }),
  q1_0 = q1_0(128, "binary: a bit is the sign"),
  q1_0_g32 = q1_0(32, "binary in groups of 32, in early files"),
}

-- --i2s-layout: how I2_S was packed, which no file says: elements that share the bits of a quarter of a block of so many.
--   x86         all released files, and what converters write
--   arm         quantised by an Arm build of bitnet.cpp since November 2025
--   sequential  four neighbours to a byte: the quantiser in plain C of bitnet.cpp's newer llama.cpp
formats.i2_s.layouts = { x86 = 128, arm = 64, sequential = 4 }

return formats
