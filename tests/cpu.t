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
}

-- A need that runtime/cpu.c does not know would be missing everywhere.
local known = io.open("runtime/cpu.c"):read("a")
for _, name in ipairs(target.names(".")) do
  for need in target.load(".", name).needs:gmatch("%S+") do
    t.ok(known:find('"' .. need .. '"', 1, true), ("%s: the runtime knows the feature %s"):format(name, need))
  end
end

local ids = "870 58"                       -- ROMEO:
local want = programs.run(("%s %s trace %s"):format(programs.oracle(), MODEL, ids))
for _, row in ipairs(cpus) do
  local name, emulator, cpu, lacks = table.unpack(row)
  local label = ("%s on %s"):format(name, cpu)
  local compiler = name == "x86-64-v3" and "cc -dumpmachine | grep -q x86_64" or "true"
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
