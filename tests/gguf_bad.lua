-- gguf_bad.lua: the table of malformed GGUF files, for tests/gguf.t.
-- Each row: an id, the error it must give, what is wrong, the bytes.

local cases = require("tests.gguf_cases")

local u32, u64, str, sorted = cases.u32, cases.u64, cases.str, cases.sorted
local A = "bitnet-b1.58."
local MIN64 = math.mininteger   -- 2^63 as a u64

return function(bad, toy, setting, header, one_kv)
  -- A toy whose first tensor's info is changed by the fields given.
  local function first_tensor(fields)
    return toy(function(spec) for key, value in pairs(fields) do spec.tensors[1][key] = value end end)
  end
  -- A toy with more tensors in front, at offset 0 and on.
  local function with_tensors(...)
    local rows = { ... }
    return toy(function(spec) for i, row in ipairs(rows) do table.insert(spec.tensors, i, row) end end)
  end
  local function extra(type, dims, data, offset)
    return { name = "x" .. #dims .. dims[1], dims = dims, type = type, data = data, offset = offset }
  end

  bad("G03", "E_GGUF_TRUNCATED", "0 bytes", "")
  for n = 1, 23 do bad("G05", "E_GGUF_TRUNCATED", n .. " bytes of a header", toy():sub(1, n)) end
  for _, magic in ipairs { "FUGG", "ggjt", "PK\3\4", "\x80\0\0\0" } do
    bad("G06", "E_GGUF_MAGIC", ("magic %q"):format(magic), toy(function(s) s.magic = magic end))
  end
  bad("G07", "E_GGUF_ENDIAN", "big-endian", toy(function(s) s.version = 0x03000000 end))
  for _, version in ipairs { 0, 1, 4, 0xffffffff } do
    bad("G08", "E_GGUF_VERSION", "version " .. version, toy(function(s) s.version = version end))
  end
  for _, n in ipairs { -1, MIN64, 1 << 58 } do
    bad("G11 G12", "E_GGUF_COUNT", ("n_tensors 0x%x"):format(n), toy(function(s) s.n_tensors = n end))
  end
  bad("G13", "E_MODEL_TENSOR", "no tensors", toy(function(s) s.tensors = {} end))
  for _, n in ipairs { -1, 1000000000 } do
    bad("G14 G15", "E_GGUF_COUNT", ("n_kv 0x%x"):format(n), toy(function(s) s.n_kv = n end))
  end
  bad("G15", "E_GGUF_COUNT", "n_kv > bytes left / 14", header(0, 2, ("\0"):rep(27)))
  bad("G15", "E_GGUF_COUNT", "n_tensors > bytes left / 33", header(2, 0, ("\0"):rep(65)))
  bad("G15", "E_GGUF_COUNT", "n_tensors > bytes left / 33 behind the keys",
    header(2, 1, str("k") .. u32(8) .. str(("v"):rep(40)) .. ("\0"):rep(65)))

  bad("G15", "E_GGUF_COUNT", "2^17 + 1 keys", header(0, (1 << 17) + 1, ("\0"):rep(1 << 21)))

  for _, n in ipairs { -1, MIN64 } do
    bad("G16 G17", "E_GGUF_STR_LEN", ("key length 0x%x"):format(n), header(0, 1, u64(n) .. ("x"):rep(40)))
  end
  bad("G18", "E_GGUF_STR_LEN", "key length left + 1", header(0, 1, u64(41) .. ("x"):rep(40)))
  bad("G19", "E_GGUF_KEY", "empty key", one_kv("", 4, u32(0)))
  bad("G20", "E_GGUF_KEY", "key of 65536 bytes", one_kv(("k"):rep(65536), 4, u32(0)))
  for _, char in ipairs { "\0", "\n", "\x80", "\x7f" } do
    bad("G21", "E_GGUF_KEY", ("key with byte %d"):format(char:byte()), one_kv("a" .. char .. "b", 4, u32(0)))
  end
  bad("G22", "E_GGUF_DUP_KEY", "duplicate key", toy(function(s) s.kv[#s.kv + 1] = s.kv[1] end))
  for _, id in ipairs { 13, 0xffffffff } do
    bad("G24", "E_GGUF_TYPE", "value type " .. id, one_kv("k", id, u64(0)))
    bad("G28", "E_GGUF_TYPE", "array of type " .. id, one_kv("k", 9, u32(id) .. u64(0)))
  end
  bad("G26", "E_GGUF_BOOL", "bool 2", one_kv("k", 7, "\2"))
  bad("G26", "E_GGUF_BOOL", "bool 255 in an array", one_kv("k", 9, u32(7) .. u64(2) .. "\1\255"))
  bad("G27", "E_GGUF_STR_LEN", "36-byte file", header(0, 1, u64(1) .. "k" .. u32(8) .. u64(1 << 40)):sub(1, 45))
  bad("G30", "E_GGUF_NEST", "array of arrays", one_kv("k", 9, u32(9) .. u64(1) .. u32(4) .. u64(0)))
  bad("G30", "E_GGUF_NEST", "arrays 100000 deep", one_kv("k", 9, (u32(9) .. u64(1)):rep(100000)))
  bad("G31", "E_GGUF_ARRAY_LEN", "2^64-1 elements", one_kv("k", 9, u32(4) .. u64(-1)))
  bad("G31", "E_GGUF_ARRAY_LEN", "2^64-1 strings", one_kv("k", 9, u32(8) .. u64(-1)))
  bad("G31", "E_GGUF_ARRAY_LEN", "one element too many", one_kv("k", 9, u32(4) .. u64(17)))
  local many = (1 << 23) + 1
  bad("G31", "E_GGUF_ARRAY_LEN", "more elements than a header may have",
    one_kv("k", 9, u32(0) .. u64(many) .. ("\0"):rep(many)))
  bad("G32", "E_GGUF_ARRAY_LEN", "2^61+1 u64", one_kv("k", 9, u32(10) .. u64((1 << 61) + 1)))
  bad("G33", "E_GGUF_STR_LEN", "last string overruns", one_kv("k", 9, u32(8) .. u64(2) .. str("a") .. u64(65)))

  for _, n in ipairs { 0, 4, 13, 24, 1 << 31, 131072 } do
    bad("G34 G35 G36", "E_GGUF_ALIGN", "alignment " .. n, setting("general.alignment", "u32", n))
  end
  for type, value in sorted { i32 = 32, u64 = 32, string = "32", u16 = 32 } do
    bad("G37", "E_GGUF_ALIGN", "alignment as " .. type, setting("general.alignment", type, value))
  end
  bad("G37", "E_GGUF_ALIGN", "alignment as an array", setting("general.alignment", "array", { 32 }, "u32"))

  for _, name in ipairs { ("a"):rep(65), "", "a*/b", 'a"b', "a\nb", "$(id)", "../a", "a\0b", "A" } do
    bad("G39 G41", "E_GGUF_NAME", ("tensor name %q"):format(name):gsub("\n", "n"), first_tensor { name = name })
  end
  bad("G42", "E_GGUF_DUP_TENSOR", "duplicate tensor", toy(function(s) s.tensors[3].name = s.tensors[2].name end))
  bad("G43", "E_GGUF_DIMS", "0 dimensions", first_tensor { dims = {} })
  bad("G44", "E_GGUF_DIMS", "5 dimensions", first_tensor { dims = { 1, 1, 1, 1, 1 } })
  bad("G44", "E_GGUF_DIMS", "2^32-1 dimensions", header(1, 0, str("a") .. u32(0xffffffff) .. ("\0"):rep(64)))
  for _, n in ipairs { 0, -1, MIN64 } do
    bad("G46 G47", "E_GGUF_DIMS", ("dimension 0x%x"):format(n), first_tensor { dims = { 4, n } })
  end
  local F32, I8, I2_S = 0, 24, 36
  bad("G48", "E_GGUF_SIZE", "elements overflow", first_tensor { dims = { 1 << 32, 1 << 32 } })
  bad("G48", "E_GGUF_SIZE", "bytes overflow", first_tensor { dims = { 1 << 61 }, type = F32 })
  bad("G48", "E_GGUF_SIZE", "bytes just above 2^53", first_tensor { dims = { (1 << 51) + 1 }, type = F32 })
  bad("G49", "E_GGUF_SIZE", "padding wraps", first_tensor { dims = { (1 << 62) - 1 }, type = F32 })
  for id, n in sorted { G50 = math.maxinteger - 63, G51 = math.maxinteger } do
    bad(id, "E_GGUF_SIZE", ("two of %d bytes"):format(n), with_tensors(extra(I8, { n }), extra(I8, { n, 1 })))
  end
  bad("G51", "E_GGUF_RANGE", "2^53 bytes", with_tensors(extra(I8, { 1 << 53 })))
  for _, id in ipairs { 4, 5, 31, 37, 99, 0xffffffff } do
    bad("G52", "E_GGUF_TENSOR_TYPE", "tensor type " .. id, first_tensor { type = id })
  end
  for id, name in sorted { [2] = "q4_0", [34] = "tq1_0", [39] = "mxfp4/tl2", [42] = "q2_0/stq1_0", [135] = "iq2_bn" } do
    bad("G52", "E_MODEL_TYPE", "tensor type " .. name, toy(function(s)
      local row = cases.tensor(s, "blk.0.attn_q.weight")
      row.type, row.data = id, ("\0"):rep(65536)
    end, { n_embd = 256 }))
  end
  bad("G53", "E_MODEL_TYPE", "type 36 of 18 bytes per 32", toy(function(s)
    cases.tensor(s, "blk.0.ffn_down.weight").data = ("\0"):rep(72)
  end))
  bad("G54", "E_GGUF_SHAPE", "Q8_0 rows of 4", first_tensor { type = 8 })
  bad("G54", "E_GGUF_SHAPE", "I2_S rows of 6", first_tensor { type = I2_S, dims = { 6, 64 } })
  bad("G54", "E_GGUF_SHAPE", "I2_S of 132", first_tensor { type = I2_S, dims = { 4, 33 } })
  bad("G55", "E_GGUF_RANGE", "I2_S in n bytes", toy(function(s)
    local row, i = cases.tensor(s, "blk.0.ffn_down.weight")
    row.data = ("\0"):rep(128)
    table.insert(s.tensors, table.remove(s.tensors, i))
  end))
  bad("G55", "E_GGUF_RANGE", "n elements in n/4 + 32 bytes", toy(function(s)
    s.tensors[#s.tensors + 1] = extra(I8, { 128 }, ("\0"):rep(64))
  end))
  bad("G56", "E_GGUF_OFFSET", "offset 16", first_tensor { offset = 16 })
  for _, offset in ipairs { -1, -32, MIN64, math.maxinteger - 31 } do
    bad("G57", "E_GGUF_OFFSET", ("offset 0x%x"):format(offset), first_tensor { offset = offset })
  end
  bad("G58", "E_GGUF_RANGE", "ends one byte behind the file", toy(function(s)
    s.tensors[#s.tensors + 1] = extra(I8, { 33 }, ("\0"):rep(32))
  end))
  bad("G59", "E_GGUF_OVERLAP", "overlap by 1 byte",
    with_tensors(extra(I8, { 33 }, ("\0"):rep(33)), extra(I8, { 1, 1 }, "\0", 32)))
  bad("G59", "E_GGUF_OVERLAP", "equal offsets", toy(function(s) s.tensors[2].offset = 0 end))
  bad("G60", "E_GGUF_RANGE", "data one byte short", toy(function(s) s.last_padded = false end):sub(1, -2))
  local spec = cases.toy(cases.SMALLEST)
  local text, _, header_bytes = cases.encode(spec)
  bad("G60", "E_GGUF_RANGE", "no data", text:sub(1, header_bytes))

  -- what is well-formed but not built
  local heads_key = A .. "attention.head_count"
  bad("M01", "E_MODEL_PARAM", "head_count of 2 layers for 1", setting(heads_key, "array", { 16, 16 }, "u32"))
  bad("M01", "E_MODEL_PARAM", "n_ff differs per layer", toy(function(s)
    cases.set(s, A .. "feed_forward_length", "array", { 64, 32 }, "i32")
  end, { n_layer = 2 }))
  bad("M01", "E_MODEL_LIMIT", "n_ff of -1 per layer", setting(A .. "feed_forward_length", "array", { -1 }, "i32"))
  for key, value in sorted { ["attention.value_length"] = 4, ["rope.dimension_count"] = 1 } do
    bad("M02", "E_MODEL_PARAM", key .. " is not the head size", setting(A .. key, "u32", value))
  end
  for key, value in sorted {
    ["rope.scaling.factor"] = 0.5, ["rope.scale_linear"] = 1 / 0, ["rope.scaling.attn_factor"] = 0.0,
    ["rope.scaling.yarn_beta_fast"] = 64.0, ["rope.scaling.yarn_log_multiplier"] = 0.1, ["rope.freq_base"] = 0.5,
    ["attention.scale"] = 0.5, attn_logit_softcapping = 50.0, final_logit_softcapping = 30.0, embedding_scale = 12.0,
  } do
    bad("M03", "E_MODEL_PARAM", key .. " " .. value, setting(A .. key, "f32", value))
  end
  bad("M03", "E_MODEL_PARAM", "rope.scaling.type su", setting(A .. "rope.scaling.type", "string", "su"))
  bad("M03", "E_MODEL_TENSOR", "longrope without divisors", setting(A .. "rope.scaling.type", "string", "longrope"))
  bad("M03", "E_MODEL_TENSOR", "divisors without longrope", toy(function(s)
    s.tensors[#s.tensors + 1] = { name = "rope_factors_long.weight", dims = { 1 }, type = F32, data = "0000" }
  end))
  bad("M03", "E_MODEL_SHAPE", "two divisors for one pair", toy(function(s)
    s.tensors[#s.tensors + 1] = { name = "rope_freqs.weight", dims = { 2 }, type = F32, data = "00000000" }
  end))
  bad("M03", "E_MODEL_LIMIT", "original_context_length 0", toy(function(s)
    cases.set(s, A .. "rope.scaling.original_context_length", "u32", 0)
  end))
  bad("M03", "E_MODEL_PARAM", "yarn over a base of 1", toy(function(s)
    cases.set(s, A .. "rope.scaling.type", "string", "yarn")
    cases.set(s, A .. "rope.freq_base", "f32", 1.0)
  end))
  bad("M03", "E_MODEL_PARAM", "activation", setting(A .. "hidden_activation", "string", "tanh"))
  for _, type in ipairs { 1, 2, 4 } do
    bad("M05", "E_MODEL_PARAM", "pooling_type " .. type, setting(A .. "pooling_type", "u32", type))
  end
  bad("M05", "E_MODEL_PARAM", "logit_scale of 0", toy(function(s)
    cases.set(s, "minicpm.logit_scale", "f32", 0.0)
  end, { arch = "minicpm" }))
  bad("M03", "E_MODEL_PARAM", "attention.causal false", setting(A .. "attention.causal", "bool", false))
  bad("M03", "E_MODEL_PARAM", "sliding_window", setting(A .. "attention.sliding_window", "u32", 512))
  bad("M04", "E_MODEL_TYPE", "a ternary matrix in F32", toy(function(s)
    local row = cases.tensor(s, "blk.0.attn_q.weight")
    row.type, row.data = F32, ("\0"):rep(512)
  end))
  bad("M04", "E_MODEL_TYPE", "an embedding in I2_S", first_tensor { type = I2_S, data = ("\0"):rep(288) })
end
