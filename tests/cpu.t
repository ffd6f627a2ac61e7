#!/usr/bin/env lua5.4
-- cpu.t: programs on CPUs that this machine is not, under qemu-user: the same bits on every model of a CPU that has what the
-- target needs, and a named refusal, never an illegal instruction, on one that has not.
package.path = "./?.lua;" .. package.path

local programs = require("tests.programs")
local t = require("tests.tap")

local MODEL = "models/shakespeare.gguf"

-- { target, emulator, CPU model, what the CPU lacks or nil }
local cpus = {
  { "armv8", "qemu-aarch64 -L /usr/aarch64-linux-gnu", "cortex-a53" },
  { "armv8", "qemu-aarch64 -L /usr/aarch64-linux-gnu", "cortex-a72" },
  { "armv8", "qemu-aarch64 -L /usr/aarch64-linux-gnu", "max" },
  { "x86-64-v3", "qemu-x86_64", "Haswell" },
  { "x86-64-v3", "qemu-x86_64", "Nehalem", "avx2" },
}

local ids = "870 58"                       -- ROMEO:
local want = programs.run(("%s %s trace %s"):format(programs.oracle(), MODEL, ids))
for _, row in ipairs(cpus) do
  local target, emulator, cpu, lacks = table.unpack(row)
  local name = ("%s on %s"):format(target, cpu)
  local compiler = target == "x86-64-v3" and "cc -dumpmachine | grep -q x86_64" or "true"
  if not os.execute(("command -v %s >/dev/null && %s"):format(emulator:match("%S+"), compiler)) then
    t.skip("no " .. emulator:match("%S+"), name)
  else
    local program = programs.build(MODEL, target) .. "/shakespeare"
    local got, code, err = programs.run(("%s -cpu %s %s run ROMEO: --trace -n 0"):format(emulator, cpu, program))
    if lacks then
      t.is(code, 69, name .. ": exit code")
      t.ok(err:find(("error: E_CPU: this program was built for %s and needs '%s'"):format(target, lacks), 1, true), name .. ": by name")
    else
      t.is(got, want, name .. ": the oracle's hashes")
    end
  end
end
t.done()
