#!/usr/bin/env lua5.4
-- image.t: what a program does with an image that is missing, damaged, another's or cut short, and with too little memory.
-- The container's format: runtime/image.h.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path
local M = programs.build("models/shakespeare.gguf", "scalar") .. "/shakespeare"
local embedded = programs.build("models/shakespeare.gguf", "scalar", "--embed --static") .. "/shakespeare"
os.execute(("cp %s.img %s/good.img && cp %s %s/alone && cp %s %s/embedded"):format(M, D, M, D, embedded, D))

local function refused(name, make, code, error_line)
  return { name, make .. "; $M tokenize -i $D/bad a", code, nil, "error: " .. error_line .. "\n" }
end

local SIZE = 'size=$(wc -c <$D/good.img); '
commands.check(t, {
  { "no image", "$D/alone run a", 66, nil, "error: E_OPEN: ...shakespeare.img: No such file or directory\n" },
  { "no image where --image says", "$M run a -i $D/no.img", 66, nil, "error: E_OPEN: ...no.img: No such file or directory\n" },
  { "an image elsewhere", "$D/alone run ROMEO: -n 3 --temp 0 -i $D/good.img", 0, " I pray thee", "..." },
  { "a folder", "$M tokenize -i $D a", 66, nil, "error: E_NOT_REGULAR: ...: not a regular file\n" },
  { "a device", "$M tokenize -i /dev/zero a", 66, nil, "error: E_NOT_REGULAR: /dev/zero: not a regular file\n" },
  { "a pipe does not hang", "mkfifo $D/pipe; timeout 10 $M tokenize -i $D/pipe a", 66, nil, "error: E_NOT_REGULAR: ...pipe: not a regular file\n" },
  refused("an empty file", ": >$D/bad", 65, "E_IMAGE_MAGIC: bad: not a tritc image"),
  refused("a GGUF", "cp models/shakespeare.gguf $D/bad", 65, "E_IMAGE_MAGIC: bad: not a tritc image"),
  refused("a program", "cp $M $D/bad", 65, "E_IMAGE_MAGIC: bad: not a tritc image"),
  refused("the magic alone", "head -c 8 $D/good.img >$D/bad", 65, "E_MODEL_SIZE: bad: ends inside its header"),
  refused("the header alone", "head -c 4096 $D/good.img >$D/bad", 65, "E_MODEL_SIZE: bad: 4096 bytes, this program was built for ..."),
  refused("one byte short", SIZE .. "head -c $((size - 1)) $D/good.img >$D/bad", 65, "E_MODEL_SIZE: bad: ... bytes, this program was built for ..."),
  refused("one byte long", "{ cat $D/good.img; echo; } >$D/bad", 65, "E_MODEL_SIZE: bad: ... bytes, this program was built for ..."),
  refused("another version", "cp $D/good.img $D/bad; printf '\\002' | dd of=$D/bad bs=1 seek=8 conv=notrunc 2>$D/dd", 65,
    "E_IMAGE_MAGIC: bad: image version 2, this program reads version 1"),
  refused("another layout", "cp $D/good.img $D/bad; printf '\\377\\376' | dd of=$D/bad bs=1 seek=16 conv=notrunc 2>$D/dd", 65,
    "E_MODEL_HASH: bad: packed from shakespeare (365ca61691091f53) for scalar, layout ...; this program was built for shakespeare ..."),
  refused("another model", "cp $D/good.img $D/bad; printf '\\377\\376' | dd of=$D/bad bs=1 seek=24 conv=notrunc 2>$D/dd", 65,
    "E_MODEL_HASH: bad: packed from shakespeare (...) ...; this program was built for shakespeare (365ca61691091f53) on scalar, layout ..."),
  { "a flipped bit is found by the self-test", "cp $D/good.img $D/bad; printf '\\377' | dd of=$D/bad bs=1 seek=3000000 conv=notrunc 2>$D/dd; "
    .. "$M self-test -i $D/bad | grep FAIL; $M self-test -i $D/bad >$D/report", 70,
    "FAIL image checksum: image: checksum ..., its header says ...", "...error: E_SELF_TEST: ...1 check failed\n" },
  { "a broken program gets no figures", "$M bench -i $D/bad", 70, nil, "FAIL image checksum...error: E_SELF_TEST: ...no figures from a broken program\n" },
  { "a read-only image", "cp $D/good.img $D/only; chmod 444 $D/only; $M run ROMEO: -n 3 --temp 0 -i $D/only", 0, " I pray thee", "..." },
  { "an image without its name", "{ printf 'ROMEO:\\n'; while [ ! -s $D/said ]; do sleep 0.05; done; rm $D/only; printf 'ROMEO:\\n'; } | "
    .. "$M chat -n 3 --temp 0 -i $D/only >$D/said; wc -l <$D/said | tr -d ' '", 0, "2\n" },
  { "an image cut short while in use", "cp $D/good.img $D/cut; { printf 'ROMEO:\\n'; while [ ! -s $D/told ]; do sleep 0.05; done; truncate -s 4096 $D/cut; "
    .. "printf 'ROMEO:\\n'; } | { $M chat -n 3 --temp 0 -i $D/cut >$D/told; echo $? >$D/code; }; cat $D/code", 0, "74\n",
    "error: E_MODEL_SHRANK: shakespeare.img: the image was cut short while in use\n" },
  -- Standard error is a full pipe, so that the first thread is still writing when the last one meets the end.
  { "threads that meet its end together say it once", "cp $D/good.img $D/cut; yes 'To be, or not to be' | head -n 20000 >$D/text; "
    .. "{ head -c 65536 /dev/zero; sh -c 'echo $$ >$D/pid; exec $M perplexity $D/text -t 8 -i $D/cut 2>&1 >$D/none'; echo $? >$D/code; } | "
    .. "{ while ! grep -qs $D/cut /proc/$(cat $D/pid 2>$D/dd)/maps; do sleep 0.05; done; sleep 0.2; truncate -s 4096 $D/cut; sleep 0.2; "
    .. "tail -c +65537; }; cat $D/code", 0, "error: E_MODEL_SHRANK: shakespeare.img: the image was cut short while in use\n74\n" },
  { "two programs share one image", "$M run ROMEO: -n 9 --temp 0 >$D/one 2>$D/dd & $M run ROMEO: -n 9 --temp 0 >$D/two 2>$D/dd; wait; cmp $D/one $D/two", 0 },
  { "an embedded image", "cd / && $D/embedded run ROMEO: -n 3 --temp 0", 0, " I pray thee", "..." },
  { "its self-test", "$D/embedded self-test | sed -E 's/^PASS .*/PASS/' | sort -u", 0, "PASS\n" },
  { "an embedded image cut short", "head -c 3000000 $D/embedded >$D/half; chmod +x $D/half; $D/half run a", 65, nil, "error: E_MODEL_SIZE: half: built with its image appended, and cut short\n" },
  { "an embedded image with its middle missing", SIZE .. "whole=$(wc -c <$D/embedded); { head -c $((whole - size)) $D/embedded; tail -c 2000024 $D/embedded; } >$D/hole; "
    .. "chmod +x $D/hole; $D/hole run a", 65, nil, "error: E_MODEL_SIZE: hole: the appended image does not end at its trailer\n" },
  { "a static program", "$D/embedded --version && ! ldd $D/embedded", 0, "shakespeare 365ca61691091f53 for scalar, built by tritc\n", "..." },
}, { M = M, D = D })

-- Any weights are weights, a damaged vocabulary is refused: the image's sections overwritten one kind at a time, as report.txt
-- lists them ("all": all but the vocabulary).
local image = programs.run("cat " .. shell.quote(D .. "/good.img"))
local sections, kinds = {}, { all = true }
for offset, bytes, kind in programs.run("cat " .. M:gsub("[^/]*$", "report.txt")):gmatch("\n0x(%x+) +(%d+)  (%w+)") do
  sections[#sections + 1] = { from = tonumber(offset, 16), bytes = tonumber(bytes), kind = kind }
  kinds[kind] = true
end
t.ok(#sections > 40, "report.txt lists the tensors of the image")

local function overwritten(kind, byte)
  local parts, at = {}, 0
  for _, s in ipairs(sections) do
    if kind == "all" and s.kind ~= "vocab" or s.kind == kind then
      parts[#parts + 1] = image:sub(at + 1, s.from) .. byte:rep(s.bytes)
      at = s.from + s.bytes
    end
  end
  return table.concat(parts) .. image:sub(at + 1)
end

for kind in cases.sorted(kinds) do
  for _, byte in ipairs { "\0", "\xff" } do
    local bad = overwritten(kind, byte)
    t.ok(#bad == #image and bad ~= image, ("%s of 0x%02x: an image of the same size"):format(kind, byte:byte()))
    cases.write(D .. "/bad", bad)
    local _, code, err = programs.run(("%s run ROMEO: -n 8 -i %s"):format(M, shell.quote(D .. "/bad")))
    local got = code == 0 and not err:find("error") and "text"
      or code == 65 and err:match("^error: (E_IMAGE_CHECKSUM): shakespeare.img: the vocabulary is damaged\n$")
      or code == 70 and err:match("^error: (E_LOGITS): a logit at position %d+ is not finite\n$") or code .. " " .. err
    local want = kind == "vocab" and "E_IMAGE_CHECKSUM" or (byte == "\0" or kind == "matrix" or kind == "screen") and "text" or "E_LOGITS"
    t.is(got, want, ("%s of 0x%02x: text, E_LOGITS where that is NaN, a refusal for the vocabulary"):format(kind, byte:byte()))
  end
end

-- Address space, from what `info` needs to what `run` needs: each refusal by name, none by a signal.
local function within(kilobytes, command) return programs.run(("ulimit -v %d; %s %s"):format(kilobytes, M, command)) end
local limit, refusals, strange = 1000, {}, nil
while select(2, within(limit, "info")) ~= 0 and limit < 1 << 22 do limit = limit + 500 end
while limit < 1 << 22 do
  local _, code, err = within(limit, "run a -n 1 -t 1")
  if code == 0 then break end
  refusals[#refusals + 1] = code .. " " .. err
  if code ~= 71 or not err:find("^error: E_MEM: [^\n]+\n$") then strange = code .. " " .. err end
  limit = limit + 500
end
t.is(strange, nil, "too little address space is E_MEM")
t.ok(table.concat(refusals):find("mapping") and table.concat(refusals):find("bytes of memory"), "for the image and for the arena")

-- A CPU that lacks what the program was built for.
local name = "a CPU without AVX2 is named before anything is executed on it"
if programs.run("uname -m") == "x86_64\n" and programs.run("command -v qemu-x86_64") ~= "" then
  local wide = programs.demo("x86-64-v3") .. "/shakespeare"
  commands.check(t, { { name, "qemu-x86_64 -cpu Nehalem $M run a", 69, nil,
    "error: E_CPU: this program was built for x86-64-v3 and needs 'avx2', which this CPU lacks\n" } }, { M = wide })
else
  t.skip("no qemu-x86_64 or no x86-64", name)
end
t.done()
