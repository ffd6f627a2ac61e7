-- cpus.lua: the CPU models on which programs of each target run under an emulator. cpus.list: { target, emulator, CPU model or
-- "", what the CPU lacks or nil, quick }; cpus.check(row, program, ...) runs one; quick: also in the bounded selection.

local programs = require("tests.programs")

local cpus = {}

local A64, A32 = "qemu-aarch64 -L /usr/aarch64-linux-gnu", "qemu-arm -L /usr/arm-linux-gnueabihf"
local RISCV = "qemu-riscv64 -L /usr/riscv64-linux-gnu"
local NODE = "node --no-warnings targets/wasm32.mjs"
local QUICK = true

cpus.list = {
  { "armv7-neon", A32, "cortex-a7", nil, QUICK },
  { "armv7-neon", A32, "cortex-a8" },
  { "armv7-neon", A32, "cortex-a15" },
  { "armv7-neon", A32, "max" },
  { "armv7-neon", A32, "cortex-a9,neon=off", "neon", QUICK },
  { "armv8", A64, "cortex-a53", nil, QUICK },
  { "armv8", A64, "cortex-a72", nil, QUICK },
  { "armv8", A64, "cortex-a76" },
  { "armv8", A64, "neoverse-n1" },
  { "armv8", A64, "a64fx" },
  { "armv8", A64, "max" },
  { "armv8", A64, "max,sve=off,lpa2=off" },
  { "armv8-dotprod", A64, "cortex-a53", "asimddp" },
  { "armv8-dotprod", A64, "cortex-a72", "asimddp", QUICK },
  { "armv8-dotprod", A64, "a64fx", "asimddp" },
  { "armv8-dotprod", A64, "cortex-a76", nil, QUICK },
  { "armv8-dotprod", A64, "neoverse-n1" },
  { "armv8-dotprod", A64, "max" },
  { "armv8-dotprod", A64, "max,sve=off,lpa2=off" },
  { "armv8-i8mm", A64, "cortex-a53", "i8mm" },
  { "armv8-i8mm", A64, "cortex-a72", "i8mm" },
  { "armv8-i8mm", A64, "cortex-a76", "i8mm" },
  { "armv8-i8mm", A64, "neoverse-n1", "i8mm", QUICK },
  { "armv8-i8mm", A64, "a64fx", "i8mm" },
  { "armv8-i8mm", A64, "max", nil, QUICK },
  { "armv8-i8mm", A64, "max,sve=off,lpa2=off" },
  { "riscv64", RISCV, "rv64", nil, QUICK },
  { "riscv64", RISCV, "sifive-u54" },
  { "wasm32", NODE, "" },
  { "x86-64-v3", "qemu-x86_64", "Haswell", nil, QUICK },
  { "x86-64-v3", "qemu-x86_64", "Nehalem", "avx2", QUICK },
  { "x86-avxvnni", "qemu-x86_64", "Haswell", "avxvnni", QUICK },
  { "x86-avx512", "qemu-x86_64", "Haswell", "avx512f", QUICK },
  { "x86-avx512vbmi", "qemu-x86_64", "Haswell", "avx512f", QUICK },
  { "x86-amx", "qemu-x86_64", "Haswell", "avx512f", QUICK },
}

-- Why the row cannot run here, or nil.
function cpus.obstacle(row)
  local emulator = row[2]:match("%S+")
  local compiler = row[1]:find("^x86") and "cc -dumpmachine | grep -q x86_64" or "true"
  if not os.execute(("command -v %s >/dev/null && %s"):format(emulator, compiler)) then return "no " .. emulator end
end

-- Evaluates `text` with `flags`. Returns whether all is as it must be, and what was seen: "same bits", "refused: FEATURE" or what
-- came instead. want: the oracle's trace.
function cpus.check(row, program, text, flags, want)
  local target, emulator, cpu, lacks = table.unpack(row)
  local on = cpu ~= "" and " -cpu " .. cpu or ""
  local got, code, err = programs.run(("%s%s %s run '%s' --trace -n 0 %s"):format(emulator, on, program, text, flags))
  if lacks then
    local named = err:find(("error: E_CPU: this program was built for %s and needs '%s'"):format(target, lacks), 1, true)
    return code == 69 and named ~= nil, named and "refused: " .. lacks or ("exit %d %s"):format(code, err)
  end
  return got == want, got == want and "same bits" or ("exit %d, other bits"):format(code)
end

return cpus
