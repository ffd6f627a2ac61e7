#!/usr/bin/env lua5.4
-- bench.t: `bench`: its table, its JSON (read by Perl's), the sums that its figures must make, comparison and bad files; what it
-- compares with: the loop of every peak, instruction by instruction, the sweep, and energy counters of a made-up /sys.
package.path = "./?.lua;" .. package.path

local blocks = require("tests.blocks")
local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local emit_model = require("gen.emit_model")
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local strange = require("tests.strange")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path
local BUILD = strange.build()                 -- scalar, 64 positions: prefill of 32 tokens, decode at 0
local S = BUILD .. "/strange"

-- Rows of commands.lua, in whose texts $D is the folder.
local function check(rows)
  for _, row in ipairs(rows) do
    for i = 4, 5 do row[i] = row[i] and row[i]:gsub("%$D", function() return D end) end
  end
  commands.check(t, rows, { S = S, D = D, E = D .. "/energy" })
end

-- ---- a run ----

local KEYS = "phase mode model target depth threads tokens_per_second ms_per_token fastest_ms_per_token bytes_per_token bytes_per_second bandwidth_share "
  .. "macs_per_second peak_share joules_per_token full_heads attention_ms ffn_ms head_ms sampling_ms barriers_ms sweep_bytes_per_second "
  .. "peak_macs_per_second peak_memory_bytes"

check({
  { "the tables", "$S bench -t 1", 0, "strange for scalar, -t 1\n\nphase    mode    depth  threads   tokens/s ...\nprefill  dense      32 "
    .. "...\ndecode   dense       0 ...\n\nms/token ...\nprefill  dense      32 ... %\ndecode   dense       0 ... %\n\nsweep   ... GB/s, ...\n"
    .. "peak    ... GMAC/s, int multiplication on registers\nenergy  ...\nmemory  ... MB at most, image included\n" },
  { "the JSON is JSON", "$S bench --json -t 2 >$D/run.json; perl -MJSON::PP -e 'local $/; $r = decode_json(<>); "
    .. "print join(\" \", map { \"$_->{phase} $_->{mode} $_->{depth} $_->{threads}\" } @$r), \"\\n\"' $D/run.json", 0,
    "prefill dense 32 2 decode dense 0 2\n" },
  { "a run over itself", "$S bench --compare $D/run.json $D/run.json | sed 's/  */ /g'", 0, "A $D/run.json: strange for scalar, -t 2\n"
    .. "B $D/run.json: strange for scalar, -t 2\n\nB / A mode depth tokens/s MB/token ...\nprefill dense 32 1.000 1.000 1.000 1.000 ...\n"
    .. "decode dense 0 1.000 1.000 1.000 1.000 ...\n" },
})

local rows = {}
for line in file.read(D .. "/run.json"):gmatch("{(.-)}") do
  local row = {}
  for key, value in line:gmatch('"([%w_]+)": ([^,]+)') do row[key] = tonumber(value) or value end
  rows[#rows + 1] = row
  t.is(commands.json_keys(line), KEYS, ("row %d: keys"):format(#rows))
end

local function constant(name) return tonumber(file.read(BUILD .. "/model.h"):match("#define MODEL_" .. name .. " (%d+)")) end
local function near(a, b) return math.abs(a / b - 1) < 1e-6 end

local BYTES, MACS = constant("BYTES_PER_TOKEN"), constant("MACS_PER_TOKEN") - constant("HEAD_MACS")
for _, row in ipairs(rows) do
  local function is(good, what) t.ok(good, ("%s: %s"):format(row.phase, what)) end
  local tokens = row.phase == '"decode"' and 1 or row.depth
  is(near(row.ms_per_token * row.tokens_per_second, 1000), "milliseconds and tokens per second agree")
  is(near(row.bytes_per_token, BYTES / tokens), "the bytes of a decode step, once for all tokens")
  is(row.fastest_ms_per_token <= row.ms_per_token, "the fastest turn is not slower than the median")
  is(near(row.bytes_per_second, row.bytes_per_token / row.fastest_ms_per_token * 1000), "bytes per second, in the fastest turn")
  is(near(row.macs_per_second, MACS / row.fastest_ms_per_token * 1000), "multiply-adds per second, those of the matrices")
  is(near(row.bandwidth_share, row.bytes_per_second / row.sweep_bytes_per_second), "share of the sweep")
  is(near(row.peak_share, row.macs_per_second / row.peak_macs_per_second), "share of the peak")
  is(row.bandwidth_share > 0 and row.peak_share > 0, "there are shares")
  is(math.min(row.attention_ms, row.ffn_ms, row.head_ms) > 0 and math.min(row.sampling_ms, row.barriers_ms) >= 0,
    "every phase has its time")   -- how long, on a machine that others use, is no test's business: tests/team.t has naps
  is(row.attention_ms > 0 and row.ffn_ms > 0 and row.head_ms > 0 and row.sampling_ms > 0 and row.barriers_ms > 0, "every phase takes some")
  is(row.peak_memory_bytes > BYTES and row.peak_memory_bytes < 1e9, "memory")
  is(row.joules_per_token == "null" or row.joules_per_token > 0, "joules or null")
end

-- ---- comparison, and files that bench did not write ----

local function json(text) return (text:gsub("'", '"')) end
local ROW = "{'phase': 'decode', 'mode': 'dense', 'model': 'm', 'target': 'x', 'depth': %d, 'threads': 2, 'tokens_per_second': %s, "
  .. "'ffn_ms': %s, 'joules_per_token': null, 'future': 1e3, 'words': 'none'}"
local function row_text(depth, speed, ms) return ROW:format(depth, speed, ms) end
file.write(D .. "/a.json", json("[" .. row_text(0, "10", "4") .. ",\n" .. row_text(512, "8.5", "5") .. "]\n"))
file.write(D .. "/b.json", json("\t[ " .. row_text(2048, "5", "9") .. ", " .. row_text(0, "12.5", "2e0") .. " ]"))

local BAD = {
  { "nothing at all", "", 0, "no list: '[' is missing" },
  { "no list", "{}", 0, "no list: '[' is missing" },
  { "no rows", "[]", 1, "no row: '{' is missing" },
  { "rows of another kind", "[1]", 1, "no row: '{' is missing" },
  { "an empty row", "[{}]", 2, "no string" },
  { "a key without a value", "[{'phase'}]", 9, "no ':' after a key" },
  { "a list as a value", "[{'phase': ['a']}]", 11, "no number that bench writes" },
  { "a negative number", "[{'depth': -1}]", 11, "no number that bench writes" },
  { "infinity", "[{'depth': 1e999}]", 11, "no number that bench writes" },
  { "half a number", "[{'depth': 1e}]", 11, "no number that bench writes" },
  { "a word", "[{'depth': true}]", 11, "no number that bench writes" },
  { "an escape", "[{'phase': 'de\\u0063ode'}]", 14, "a string that bench does not write" },
  { "a text without an end", "[{'phase': 'decode", 18, "a string that bench does not write" },
  { "a long text", "[{'phase': '" .. ("x"):rep(64) .. "'}]", 76, "a string that bench does not write" },
  { "a text where a number belongs", "[" .. row_text(0, "'fast'", "1") .. "]", nil, "a row without phase, depth, threads or tokens_per_second" },
  { "no speed", "[" .. row_text(0, "0", "1") .. "]", nil, "a row without phase, depth, threads or tokens_per_second" },
  { "a row cut short", "[{'depth': 1", 12, "no ',' or '}' after a value" },
  { "a list cut short", "[" .. row_text(0, "1", "1"), nil, "no ',' or ']' after a row" },
  { "something behind the list", "[" .. row_text(0, "1", "1") .. "] x", nil, "something after the list" },
  { "a zero behind the list", "[" .. row_text(0, "1", "1") .. "]\0", nil, "something after the list" },
  { "too many rows", "[" .. (row_text(0, "1", "1") .. ","):rep(64) .. row_text(0, "1", "1") .. "]", nil, "more rows than bench writes" },
}
local bad_rows = {
  { "two files", "$S bench --compare $D/a.json $D/b.json | sed 's/  */ /g'", 0, "A $D/a.json: m for x, -t 2\nB $D/b.json: m for x, -t 2\n\n"
    .. "B / A mode depth tokens/s MB/token % sweep % peak J/token attention FFN head sampling barriers memory\n"
    .. "decode dense 0 1.250 - - - - - 0.500 - - - -\ndecode dense 512 only in A\ndecode dense 2048 only in B\n" },
  { "one file", "$S bench --compare $D/a.json", 64, nil, "error: E_USAGE: bench: a FILE and --compare belong together\n" },
  { "a file without --compare", "$S bench $D/a.json", 64, nil, "error: E_USAGE: bench: a FILE and --compare belong together\n" },
  { "a comparison as JSON", "$S bench --compare $D/a.json $D/b.json --json", 64, nil, "error: E_USAGE: bench: --compare prints a table, not JSON\n" },
  { "a file that is not there", "$S bench --compare $D/no.json $D/b.json", 66, nil, "error: E_OPEN: ...no.json: No such file or directory\n" },
  { "a file that is no text", "printf '[\\377' >$D/bad; $S bench --compare $D/a.json $D/bad", 65, nil, "error: E_UTF8: ...bad: byte 1: ...\n" },
  { "a broken program has no JSON", "cp $S.img $D/broken.img; printf '\\377' | dd of=$D/broken.img bs=1 seek=2100000 conv=notrunc 2>$D/dd; "
    .. "$S bench --json -i $D/broken.img", 70, nil, "FAIL image checksum...error: E_SELF_TEST: ...no figures from a broken program\n" },
}
for i, bad in ipairs(BAD) do
  local name, text, byte, what = table.unpack(bad, 1, 4)
  local path = ("%s/bad%d"):format(D, i)
  cases.write(path, json(text))
  bad_rows[#bad_rows + 1] = { "not from bench: " .. name, ("$S bench --compare $D/a.json %s"):format(path), 65, nil,
    ("error: E_BENCH_JSON: %s: byte %s: %s\n"):format(path, byte or "...", what) }
end
check(bad_rows)

-- ---- the limits: what each peak's loop holds, what it says it did; the sweep ----

local ARM = { cc = "aarch64-linux-gnu-gcc", run = "qemu-aarch64 -L /usr/aarch64-linux-gnu ", needs = "asimd" }
local PEAKS = {      -- template, width of the f32 vectors, flags, CPU features, instruction, multiply-adds of one
  { "peak_scalar", 16, "", "", "imul", 1 },
  { "peak_avx2", 32, "-mavx2 -mf16c", "avx2 f16c", "vpmaddubsw", 32 },
  { "peak_vnni", 32, "-mavx2 -mavxvnni", "avx2 avxvnni", "vpdpbusd", 32 },
  { "peak_vnni", 64, "-mavx512f -mavx512vnni", "avx512f avx512vnni", "vpdpbusd", 64 },
  { "peak_amx", 64, "-mavx512f -mamx-tile -mamx-int8", "avx512f amx-tile amx-int8", "tdpbusd", 16384 },
  { "peak_scalar", 16, "", "asimd", "madd", 1, ARM },
  { "peak_neon", 16, "", "asimd", "smlal", 8, ARM },
  { "peak_dotprod", 16, "-march=armv8.2-a+dotprod", "asimd asimddp", "sdot", 16, ARM },
  { "peak_i8mm", 16, "-march=armv8.2-a+i8mm", "asimd i8mm", "smmla", 32, ARM },
}
local ROUNDS = 1000

local function object(peak, number, cc)
  local template, width, flags = table.unpack(peak)
  local header = template == "peak_scalar" and {} or { peak[7] and "<arm_neon.h>" or "<immintrin.h>" }
  local base, facts = ("%s/limits%d"):format(D, number), { vec_bytes = width }
  file.write(base .. ".c", emit_model.render(".", "limits", { banner = "/* limits.c */", includes = header,
    peak = emit_model.render(".", template, {}, facts) }, facts))
  local command = "%s -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror %s -I%s -Iruntime -c -o %s.o %s.c"
  local _, _, err = programs.run(command:format(cc, flags, BUILD, base, base))
  return base, err
end

local function check_peak(peak, number, cc)
  local template, width, _, needs, instruction, macs, machine = table.unpack(peak)
  local name = ("%s, %d bytes, %s"):format(template, width, cc)
  if not shell.has(cc) then return t.skip("no " .. cc, name) end
  local base, err = object(peak, number, cc)
  if not t.ok(err == "", name .. ": compiles without a warning") then return print("# " .. err:gsub("\n", "\n# ")) end
  local count, loops = 0, 0
  for _, loop in ipairs(blocks.read(machine and "aarch64-linux-gnu-objdump" or "objdump", base .. ".o")) do
    if loop.symbol == "model_peak" and loop.count[instruction] then
      loops, count = loops + 1, loop.count[instruction]
      t.ok(loop.instructions <= 3 * count + 4, ("%s: %d of %d instructions of the loop"):format(name, count, loop.instructions))
    end
  end
  t.is(loops, 1, ("%s: one loop of %s"):format(name, instruction))
  if machine and not shell.has("qemu-aarch64") then return t.skip("no qemu-aarch64", name) end
  local linked = ("%s -std=c11 -O2 -I%s -Iruntime -o %s tests/limits.c %s.o runtime/cpu.c"):format(cc, BUILD, base, base)
  local out, code, why = programs.run(("%s && %s%s '%s' %d"):format(linked, machine and machine.run or "", base, needs, ROUNDS))
  if out:find("^missing: ") then return t.skip(out:gsub("\n", ""), name .. ": runs") end
  t.is(("%d %s%s"):format(code, out, why), ("0 same %d\n"):format(ROUNDS * count * macs), name .. ": the sweep's sum, the peak's count")
end

local native = programs.run("uname -m")
for i, peak in ipairs(PEAKS) do
  if peak[7] then
    check_peak(peak, i, ARM.cc)
  elseif native ~= "x86_64\n" then
    t.skip("no x86-64", peak[1])
  else
    check_peak(peak, i, "cc")
    if os.getenv("TEST_FULL") and peak[1] ~= "peak_amx" then check_peak(peak, i, "clang") end
  end
end
local known = {}
for _, peak in ipairs(PEAKS) do known[peak[1]] = true end
for path in shell.capture({ "sh", "-c", "ls templates/peak_*.c" }):gmatch("([%w_]+)%.c\n") do t.ok(known[path], path .. " is checked here") end

-- ---- energy ----

local driver = D .. "/energy"
local _, code, err = programs.run(("cc -std=c11 -O2 -I%s -Iruntime -o %s tests/energy.c runtime/bench_energy.c"):format(BUILD, driver))
t.is(code .. err, "0", "tests/energy.c compiles")

-- A folder that stands for /sys, with files { path, text }.
local function sys(name, files)
  for _, f in ipairs(files) do
    local path = ("%s/%s/class/%s"):format(D, name, f[1])
    programs.run("mkdir -p " .. path:match("^(.*)/"))
    file.write(path, f[2] .. "\n")
  end
end

local RAPL = "powercap/intel-rapl:"
sys("rapl", { { RAPL .. "0/name", "package-0" }, { RAPL .. "0/energy_uj", "1000000" }, { RAPL .. "0/max_energy_range_uj", "262143328850" },
  { RAPL .. "0:0/name", "core" }, { RAPL .. "0:0/energy_uj", "500" }, { RAPL .. "0:1/name", "dram" }, { RAPL .. "0:1/energy_uj", "7000000" },
  { RAPL .. "0:1/max_energy_range_uj", "8000000" }, { RAPL .. "1/name", "psys" }, { RAPL .. "1/energy_uj", "9" } })
sys("hwmon", { { "hwmon/hwmon0/name", "amd_energy" }, { "hwmon/hwmon0/energy1_label", "Ecore000" }, { "hwmon/hwmon0/energy1_input", "1" },
  { "hwmon/hwmon0/energy2_label", "Esocket0" }, { "hwmon/hwmon0/energy2_input", "3000000" },
  { "hwmon/hwmon1/name", "ina226" }, { "hwmon/hwmon1/power1_input", "5000000" } })
sys("meter", { { "hwmon/hwmon3/name", "ina226" }, { "hwmon/hwmon3/power1_input", "5000000" },
  { "hwmon/hwmon4/name", "acpi" }, { "hwmon/hwmon4/power1_input", "900000000" } })
local energy_rows = {
  { "energy: none", "$E $D/nothing", 0, "-1.000 no counter that this process may read\n" },
  { "energy: package and memory, parts and the whole left out", "$E $D/rapl $D/rapl/class/powercap/intel-rapl:0/energy_uj 3500000", 0, "2.500 package-0, dram\n" },
  { "energy: a counter begins again", "$E $D/rapl $D/rapl/class/powercap/intel-rapl:0:1/energy_uj 1500000", 0, "2.500 package-0, dram\n" },
  { "energy: a socket of hwmon, not its cores", "$E $D/hwmon $D/hwmon/class/hwmon/hwmon0/energy2_input 3250000", 0, "0.250 amd_energy\n" },
}
check(energy_rows)
local joules, about = programs.run(("%s %s/meter %s/meter/class/hwmon/hwmon3/power1_input 5000000"):format(driver, D, D)):match("(%S+) ([^\n]*)")
t.ok(about == "ina226" and tonumber(joules) >= 0.1 and tonumber(joules) < 20, ("energy: 5 W for 20 ms or more are %s J"):format(joules))
t.done()
