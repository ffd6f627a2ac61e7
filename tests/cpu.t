#!/usr/bin/env lua5.4
-- cpu.t: programs on CPUs that this machine is not, under qemu-user: the same bits on every model of a CPU that has what the
-- target needs, and a named refusal, never an illegal instruction, on one that has not.
package.path = "./?.lua;" .. package.path

local programs = require("tests.programs")
local t = require("tests.tap")
local target = require("gen.target")

local MODEL = "models/shakespeare.gguf"

-- { target, emulator, CPU model, what the CPU lacks or nil }
local cpus = {
  { "armv8", "qemu-aarch64 -L /usr/aarch64-linux-gnu", "cortex-a53" },
  { "armv8", "qemu-aarch64 -L /usr/aarch64-linux-gnu", "cortex-a72" },
  { "armv8", "qemu-aarch64 -L /usr/aarch64-linux-gnu", "max" },
  { "x86-64-v3", "qemu-x86_64", "Haswell" },
  { "x86-64-v3", "qemu-x86_64", "Nehalem", "avx2" },
  { "x86-avxvnni", "qemu-x86_64", "Haswell", "avxvnni" },
  { "x86-avx512", "qemu-x86_64", "Haswell", "avx512f" },
  { "x86-avx512vbmi", "qemu-x86_64", "Haswell", "avx512f" },
  { "x86-amx", "qemu-x86_64", "Haswell", "avx512f" },
}

-- A need that runtime/cpu.c does not know would be missing everywhere.
local known = io.open("runtime/cpu.c"):read("a")
for _, name in ipairs(target.names(".")) do
  for need in target.load(".", name).needs:gmatch("%S+") do
    t.ok(known:find('"' .. need .. '"', 1, true), ("%s: the runtime knows the feature %s"):format(name, need))
  end
end

-- Features whose instructions trap, as under a hypervisor that shows more than it runs: ud2 in place of the trials.
local function features(source)
  local path = os.tmpname()
  local f <close> = assert(io.open(path, "w"))
  assert(f:write(source) and f:flush())
  local list = programs.run(("cc -std=c11 -I runtime -o %s.probe runtime/probe.c -x c %s && %s.probe; rm -f %s %s.probe"):format(
    path, path, path, path, path))
  return list
end

if target.machine() == "x86_64" then
  local trapping = known:gsub("%.byte 0xc4, 0xe2, ", ".byte 0x0f, 0x0b, "):gsub("%.byte 0x62, 0xf", ".byte 0x0f, 0x0b, 0xf")
  local left, tried, lost = "\n" .. features(trapping), {}, {}
  for name in features(known):gmatch("%S+") do
    if known:find('"' .. name:gsub("%-", "%%-") .. '"[^\n]*, attempt_') then tried[#tried + 1] = name end
    if not left:find("\n" .. name .. "\n", 1, true) then lost[#lost + 1] = name end
  end
  t.is(table.concat(lost, " "), table.concat(tried, " "), "a feature whose instruction traps is not there")
end

local ids = "870 58"                       -- ROMEO:
local want = programs.run(("%s %s trace %s"):format(programs.oracle(), MODEL, ids))
for _, row in ipairs(cpus) do
  local name, emulator, cpu, lacks = table.unpack(row)
  local label = ("%s on %s"):format(name, cpu)
  local compiler = name:find("^x86") and "cc -dumpmachine | grep -q x86_64" or "true"
  if not os.execute(("command -v %s >/dev/null && %s"):format(emulator:match("%S+"), compiler)) then
    t.skip("no " .. emulator:match("%S+"), label)
  else
    local program = programs.build(MODEL, name) .. "/shakespeare"
    local got, code, err = programs.run(("%s -cpu %s %s run ROMEO: --trace -n 0"):format(emulator, cpu, program))
    if lacks then
      t.is(code, 69, label .. ": exit code")
      t.ok(err:find(("error: E_CPU: this program was built for %s and needs '%s'"):format(name, lacks), 1, true), label .. ": by name")
    else
      t.is(got, want, label .. ": the oracle's hashes")
    end
  end
end
t.done()
