#!/usr/bin/env lua5.4
-- weights.t: weights that no model can have are refused by the packer, by name, and leave the image of before as it was.
-- Formats: I2_S has 2-bit codes 0, 1, 2 and a scale; Q8_0 an f16 scale before, Q6_K one behind its block (ggml).
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local programs = require("tests.programs")
local t = require("tests.tap")

local folder <close> = cases.folder()
local variables = { D = folder.path }

local F32 = { NaN = "\0\0\xc0\x7f", ["a quiet NaN of sign -"] = "\1\0\xc0\xff", ["a signalling NaN"] = "\1\0\x80\x7f", infinity = "\0\0\x80\x7f", ["-infinity"] = "\0\0\x80\xff" }
local F16 = { NaN = "\0\x7e", ["a signalling NaN"] = "\1\x7c", infinity = "\0\x7c", ["-infinity"] = "\0\xfc" }
local BF16 = { NaN = "\xc0\x7f", infinity = "\x80\x7f", ["-infinity"] = "\x80\xff" }

-- Row types of embedding and head: bytes of a block, where in it the value lies that must be finite, what is not finite.
local ROWS = {
  f32 = { 4, 0, F32 }, f16 = { 2, 0, F16 }, bf16 = { 2, 0, BF16 }, q8_0 = { 34, 0, F16 }, q6_k = { 210, 208, F16 },
  q4_0 = { 18, 0, F16 }, q4_k = { 144, 2, F16 }, q2_0 = { 18, 0, F16 }, ptq1_0 = { 28, 26, F16 },
}

local SHELL_PACK = "cd $D/out && ./pack ../bad.gguf vocabulary.bin toy.img; code=$?; ls | grep tmp; cmp toy.img kept && exit $code"

-- A toy with these types and its packer, which has packed it once.
local function make_packer(what, rows, norm, flags)
  local model = cases.toy { n_embd = 256, n_head = 4, n_head_kv = 1, n_ff = 32, output = true, rows = rows, norm = norm }
  cases.write(folder.path .. "/toy.gguf", (cases.encode(model)))
  commands.check(t, { { what .. ": packs", "rm -rf $D/out; gen/tritc emit $D/toy.gguf --target scalar " .. (flags or "") .. " -o $D/out 2>$D/log && "
    .. "make -s -C $D/out -f build.mk pack CFLAGS=-O0 >$D/log && cd $D/out && ./pack ../toy.gguf vocabulary.bin toy.img && cp toy.img kept", 0 } }, variables)
  return model
end

-- The packer must refuse the model with the bytes at `offset` of a tensor replaced; a negative offset counts from its end.
local function refused(what, model, tensor, offset, bytes, error_name)
  local row = cases.tensor(model, tensor)
  local good, at = row.data, offset < 0 and #row.data + offset or offset
  row.data = good:sub(1, at) .. bytes .. good:sub(at + #bytes + 1)
  cases.write(folder.path .. "/bad.gguf", (cases.encode(model)))
  row.data = good
  commands.check(t, { { what, SHELL_PACK, 65, nil, ("error: %s: %s...\n"):format(error_name, tensor) } }, variables)
end

for type, row in cases.sorted(ROWS) do
  local block_bytes, offset, values = table.unpack(row)
  local model = make_packer("rows " .. type, type)
  for _, tensor in ipairs { "token_embd.weight", "output.weight" } do
    for what, bytes in cases.sorted(values) do
      refused(("rows %s, %s, the first of %s"):format(type, what, tensor), model, tensor, offset, bytes, "E_MODEL_SCALE")
      refused(("rows %s, %s, the last of %s"):format(type, what, tensor), model, tensor, offset - block_bytes, bytes, "E_MODEL_SCALE")
    end
  end
end

for norm, values in cases.sorted { f32 = F32, f16 = F16, bf16 = BF16 } do
  local model = make_packer("norms " .. norm, "f16", norm)
  for _, name in ipairs { "blk.0.attn_norm", "blk.0.attn_sub_norm", "blk.0.ffn_norm", "blk.0.ffn_sub_norm", "output_norm" } do
    for what, bytes in cases.sorted(values) do
      refused(("norms %s, %s, the last of %s"):format(norm, what, name), model, name .. ".weight", -#bytes, bytes, "E_MODEL_SCALE")
    end
  end
end

-- Norms of every type in one model: the oracle reads them too.
do
  local spec = cases.toy { n_embd = 256, n_head = 4, n_head_kv = 1, n_ff = 256, norm = "f16" }
  local types = { attn_norm = "q4_0", attn_sub_norm = "q8_0", ffn_norm = "q4_k", ffn_sub_norm = "q6_k" }
  for name, type in pairs(types) do
    local of_type = cases.tensor(cases.toy { n_embd = 256, n_head = 4, n_head_kv = 1, n_ff = 256, norm = type }, ("blk.0.%s.weight"):format(name))
    local row = cases.tensor(spec, ("blk.0.%s.weight"):format(name))
    row.type, row.data = of_type.type, of_type.data
  end
  os.execute("mkdir -p out/test")
  local path = "out/test/norms.gguf"
  cases.write(path, (cases.encode(spec)))
  local program = programs.build(path, "scalar") .. "/norms"
  local ids = programs.run(program .. " tokenize 'ab cd'")
  local want = programs.run(("%s %s trace %s"):format(programs.oracle(), path, ids))
  t.is(programs.run(program .. " run --trace -n 0 'ab cd'"), want, "norms in F16, Q4_0, Q8_0, Q4_K and Q6_K: the oracle's logits")
  t.ok(#want > 80, "norms in five types: the oracle answers")
end

-- Rows that --embd would store: the largest scales are 65504, so 127 * 65504 for q8_0 and 32 * 127 * 65504 for q6_k.
for type, limit in cases.sorted { q8_0 = 127 * 65520, q6_k = 32 * 127 * 65520 } do
  local model = make_packer("rows f32, --embd " .. type, "f32", "f32", "--embd " .. type)
  refused(("rows f32, --embd %s, a value beyond its scales"):format(type), model, "output.weight", 1024, ("<f"):pack(-limit), "E_MODEL_SCALE")
end

-- The ternary matrices: four codes to a byte, a scale behind them.
local model = make_packer("i2_s")
for what, bytes in cases.sorted(F32) do
  refused("i2_s, scale " .. what, model, "blk.0.ffn_up.weight", -32, bytes, "E_MODEL_SCALE")
end
local LAST = 256 * 32 // 4 - 1
for _, offset in ipairs { 0, 31, 32, LAST } do
  for shift = 0, 6, 2 do
    refused(("i2_s, code 3 in byte %d, bit %d"):format(offset, shift), model, "blk.0.ffn_gate.weight", offset, string.char(3 << shift), "E_MODEL_CODE")
  end
end

-- Every header and size but the one the packer was made for is another model.
local function changed(what, make)
  commands.check(t, { { what, make .. "; " .. SHELL_PACK, 65, nil,
    "error: E_MODEL_CHANGED: the file is not the one this program was generated for (...)\n" } }, variables)
end
changed("one byte more", "{ cat $D/toy.gguf; echo; } >$D/bad.gguf")
changed("one byte less", "size=$(wc -c <$D/toy.gguf); head -c $((size - 1)) $D/toy.gguf >$D/bad.gguf")
changed("an empty file", ": >$D/bad.gguf")
changed("another value in the header", "sed 's/bitnet-b1.58/bitnet-b1.59/' $D/toy.gguf >$D/bad.gguf")
commands.check(t, {
  { "a missing file", "cd $D/out && ./pack ../no.gguf vocabulary.bin x.img", 66, nil, "error: E_OPEN: ../no.gguf: No such file or directory\n" },
  { "a folder", "cd $D/out && ./pack .. vocabulary.bin x.img", 66, nil, "error: E_NOT_REGULAR: the model is not a regular file\n" },
  { "no vocabulary", "cd $D/out && ./pack ../toy.gguf none x.img; code=$?; ls x.img* 2>/dev/null; exit $code", 66, nil, "error: E_OPEN: none: No such file or directory\n" },
  { "a vocabulary cut short", "cd $D/out && head -c 100 vocabulary.bin >half && ./pack ../toy.gguf half x.img; code=$?; ls x.img* 2>/dev/null; exit $code", 74, nil, "error: E_READ: ...it ends early\n" },
  { "nowhere to write", "cd $D/out && ./pack ../toy.gguf vocabulary.bin no/x.img", 73, nil, "error: E_OUT_CREATE: no/x.img....tmp: No such file or directory\n" },
  { "no arguments", "cd $D/out && ./pack", 64, nil, "error: E_USAGE: pack ...\n" },
}, variables)
t.done()
