-- tensor_types.lua: every tensor type id that files carry, with the sizes that place a tensor in a file.
-- Sources: ggml.h and ggml-common.h of ggml, bitnet.cpp (36, 38) and ik_llama.cpp (134, 135, 335).

-- A row of ne0 elements is ne0 / block blocks of block_bytes; a tensor is its rows and tail bytes.
-- `group`: the elements of the whole tensor come in groups of so many (I2_S is packed flat over the rows).
-- block_bytes 0: the id alone does not fix the size (two formats share it, or rows carry a header); none is built.
local function row(id, name, block, block_bytes, tail, group)
  return { id = id, name = name, block = block, block_bytes = block_bytes, tail = tail or 0, group = group or 1 }
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
  row(36,  "i2_s",        4,   1, 32, 128),  -- the f32 scale, then 28 unspecified bytes
  row(38,  "tl1",         4,   1, 32),
  row(39,  "mxfp4/tl2",   1,   0),
  row(40,  "nvfp4",       1,   0),
  row(41,  "q1_0",      128,  18),
  row(42,  "q2_0/stq1_0", 1,   0),
  row(43,  "stq1_0",    256,  42),
  row(134, "iq1_bn",     64,   0),
  row(135, "iq2_bn",     64,   0),
  row(142, "pq2_0/iq2_tn", 1,  0),
  row(143, "ptq1_0/iq1_tn", 1, 0),
  row(335, "iq2_bn_r4",  64,   0),
}

local by_id = {}
for _, type in ipairs(rows) do by_id[type.id] = type end
return by_id
