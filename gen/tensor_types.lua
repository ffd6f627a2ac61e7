-- tensor_types.lua: every tensor type id that files carry, with the sizes that place a tensor in a file.
-- Sources: ggml.h and ggml-common.h of ggml, bitnet.cpp (36, 38, 39), ik_llama.cpp (134, 135, 335), PrismML's llama.cpp (142,
-- 143).

-- A row of ne0 elements is `header` bytes and ne0 / block blocks of block_bytes; a tensor is its rows and `tail` bytes.
--   group     the elements of the whole tensor come in groups of so many (I2_S is packed flat over the rows)
--   row_group its rows do (IQ2_BN_R4 interleaves four)
--   bytes_of  function(k, rows) -> bytes, where no block says
local DEFAULTS = { header = 0, tail = 0, group = 1, row_group = 1 }
DEFAULTS.__index = DEFAULTS

local function row(id, name, block, block_bytes, more)
  local type = setmetatable(more or {}, DEFAULTS)
  type.id, type.name, type.block, type.block_bytes = id, name, block, block_bytes
  return type
end

-- An id that several formats use: gen/tensor_bytes.lua tells them apart by size. Nothing is known of it before.
local function shared(id, name, variants)
  local type = row(id, name, 1, 0, { variants = variants })
  for _, variant in ipairs(variants) do variant.id = id end
  return type
end

-- bitnet.cpp's formula, cut off after each division: triples for all columns but 256, whatever the tiles.
local function tl2_bytes(k, rows)
  if k < 256 then return nil end
  local planes = (k - 256) * rows // 3 * 5 // 8 + 256 * rows // 2 * 4 // 8
  return (planes + 31) // 32 * 32 + 32
end

local rows = {
  row(0,   "f32",         1,   4),
  row(1,   "f16",         1,   2),
  row(2,   "q4_0",       32,  18),
  row(3,   "q4_1",       32,  20),
  row(6,   "q5_0",       32,  22),
  row(7,   "q5_1",       32,  24),
  row(8,   "q8_0",       32,  34),
  row(9,   "q8_1",       32,  36),
  row(10,  "q2_k",      256,  84),
  row(11,  "q3_k",      256, 110),
  row(12,  "q4_k",      256, 144),
  row(13,  "q5_k",      256, 176),
  row(14,  "q6_k",      256, 210),
  row(15,  "q8_k",      256, 292),
  row(16,  "iq2_xxs",   256,  66),
  row(17,  "iq2_xs",    256,  74),
  row(18,  "iq3_xxs",   256,  98),
  row(19,  "iq1_s",     256,  50),
  row(20,  "iq4_nl",     32,  18),
  row(21,  "iq3_s",     256, 110),
  row(22,  "iq2_s",     256,  82),
  row(23,  "iq4_xs",    256, 136),
  row(24,  "i8",          1,   1),
  row(25,  "i16",         1,   2),
  row(26,  "i32",         1,   4),
  row(27,  "i64",         1,   8),
  row(28,  "f64",         1,   8),
  row(29,  "iq1_m",     256,  56),
  row(30,  "bf16",        1,   2),
  row(34,  "tq1_0",     256,  54),
  row(35,  "tq2_0",     256,  66),
  row(36,  "i2_s",        4,   1, { tail = 32, group = 128 }),   -- the f32 scale, then 28 unspecified bytes
  row(38,  "tl1",         4,   1, { tail = 32 }),
  shared(39, "mxfp4/tl2", { row(0, "mxfp4", 32, 17), row(0, "tl2", 1, 0, { bytes_of = tl2_bytes }) }),
  shared(40, "nvfp4/q1_0_g32", { row(0, "nvfp4", 64, 36), row(0, "q1_0_g32", 32, 6) }),
  shared(41, "q1_0/q1_0_g32", { row(0, "q1_0", 128, 18), row(0, "q1_0_g32", 32, 6) }),
  shared(42, "q2_0/q2_0_g128/stq1_0", { row(0, "q2_0", 64, 18), row(0, "q2_0_g128", 128, 34), row(0, "stq1_0", 256, 42) }),
  row(43,  "stq1_0",    256,  42),
  row(134, "iq1_bn",     64,  13, { header = 2 }),
  row(135, "iq2_bn",     64,  16, { header = 4 }),
  shared(142, "pq2_0/iq2_tn", { row(0, "pq2_0", 128, 34), row(0, "iq2_tn", 256, 64, { header = 4 }) }),
  shared(143, "ptq1_0/iq1_tn", { row(0, "ptq1_0", 128, 28), row(0, "iq1_tn", 256, 52, { header = 2 }) }),
  row(335, "iq2_bn_r4",  64,  16, { header = 4, row_group = 4 }),
}

local by_id = {}
for _, type in ipairs(rows) do by_id[type.id] = type end
return by_id
