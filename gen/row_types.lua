-- row_types.lua: the types that rows of embedding and head can have; how one is read: templates/rows.c, tests/oracle/rows.c.

-- Fields of a row; plain floats have none
--   d, scales   where in a block the f16 numbers lie that must be finite, and how many
--   bits, group of a weight, and weights that share a scale: codes beside each other, behind the scale
--   deviation   of the weights of random bytes in units of d, for synth; zero: of a second number in units of d
local function bits(count, group) return { d = 0, scales = 1, bits = count, group = group, deviation = "1.1f" } end

return {
  f32 = {}, f16 = {}, bf16 = {},
  q4_0 = { d = 0, scales = 1, deviation = "4.6f" },
  q8_0 = { d = 0, scales = 1 },
  q4_k = { d = 0, scales = 2, deviation = "190.0f", zero = "7.5f" },
  q6_k = { d = 208, scales = 1 },
  q1_0 = bits(1, 128), q1_0_g32 = bits(1, 32),
  q2_0 = bits(2, 64), q2_0_g128 = bits(2, 128), pq2_0 = bits(2, 128),
  ptq1_0 = { d = 26, scales = 1, deviation = "0.8f" },
}
