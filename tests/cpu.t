#!/usr/bin/env lua5.4
-- cpu.t: programs on CPUs that this machine is not, under qemu-user: the same bits on every model of a CPU that has what the
-- target needs, and a named refusal, never an illegal instruction, on one that has not. `make test-targets` runs all of cpus.lua.
package.path = "./?.lua;" .. package.path

local cpus = require("tests.cpus")
local programs = require("tests.programs")
local t = require("tests.tap")
local target = require("gen.target")

local MODEL = "models/shakespeare.gguf"

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
  local trapping = known:gsub("%.byte 0xc4, 0xe[23], ", ".byte 0x0f, 0x0b, "):gsub("%.byte 0x62, 0xf", ".byte 0x0f, 0x0b, 0xf")
  local left, tried, lost = "\n" .. features(trapping), {}, {}
  for name in features(known):gmatch("%S+") do
    if known:find('"' .. name:gsub("%-", "%%-") .. '"[^\n]*, attempt_') then tried[#tried + 1] = name end
    if not left:find("\n" .. name .. "\n", 1, true) then lost[#lost + 1] = name end
  end
  t.is(table.concat(lost, " "), table.concat(tried, " "), "a feature whose instruction traps is not there")
end

local ids = "870 58"                       -- ROMEO:
local want = programs.run(("%s %s trace %s"):format(programs.oracle(), MODEL, ids))
for _, row in ipairs(cpus.list) do
  local name, _, cpu, lacks, quick = table.unpack(row)
  local label = ("%s on %s: %s"):format(name, cpu, lacks and "refused by name" or "the oracle's hashes")
  local obstacle = cpus.obstacle(row)
  if obstacle then
    t.skip(obstacle, label)
  elseif quick or os.getenv("TEST_FULL") then
    local folder = programs.demo(name)
    local ok, seen = cpus.check(row, folder .. "/shakespeare", "ROMEO:", "", want)
    if not t.ok(ok, label) then print("# " .. seen) end
    if lacks then
      local report = programs.run(("%s -cpu %s %s/shakespeare self-test"):format(row[2], cpu, folder))
      t.is(report:match("^FAIL CPU features: this CPU lacks '([^']*)'"), lacks, label .. ": and by the self-test")
    end
  end
end
t.done()
