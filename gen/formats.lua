-- formats.lua: the ternary formats of GGUF that pack can read. One row per tensor type.
-- Adding one: a row here, its size in gen/tensor_types.lua, templates/unpack_<name>.c, and the type in gen/model.lua.

return {
  -- 128 elements in 32 bytes over the flattened tensor, one f32 scale behind them (bitnet.cpp)
  i2_s = { template = "unpack_i2_s" },
}
