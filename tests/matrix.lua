-- matrix.lua: `make test-targets`: the demo model for every target on every CPU model that qemu knows, with one and four threads,
-- token by token and in a batch, as a table. Exits 1 if any logit has other bits than the oracle's, or a refusal no name.
package.path = "./?.lua;" .. package.path

local cpus = require("tests.cpus")
local programs = require("tests.programs")

local MODEL, TEXT = "models/shakespeare.gguf", "To be, or not to be: that is the question."
local RUNS = { "-t 1 -b 1", "-t 4 -b 1", "-t 1 -b 16", "-t 4 -b 16" }

local function program_of(target) return programs.build(MODEL, target) .. "/shakespeare" end

local ids = programs.run(("%s tokenize '%s'"):format(program_of("scalar"), TEXT))
local want = programs.run(("%s %s trace %s"):format(programs.oracle(), MODEL, ids))
local failed, passed, skipped = 0, 0, 0
print(("%-16s %-22s %-18s %-18s %-18s %-18s"):format("target", "CPU", table.unpack(RUNS)))

-- Other machines' targets under their emulators, and this machine's as they are.
local rows, threads = table.move(cpus.list, 1, #cpus.list, 1, {}), {}
for _, target in ipairs(programs.targets()) do
  threads[target.name] = target.threads
  if target.prefix == "" then rows[#rows + 1] = { target.name, "", "", reason = target.obstacle } end
end
for _, row in ipairs(rows) do
  local obstacle, cells = row.reason or row[2] ~= "" and cpus.obstacle(row), {}
  for i, flags in ipairs(RUNS) do
    local reason = obstacle or tonumber(flags:match("%d+")) > threads[row[1]] and "one thread"
    local ok, seen = true, "skipped: " .. tostring(reason)
    if reason then
      skipped = skipped + 1
    elseif row[2] == "" then
      local got = programs.run(("%s run '%s' --trace -n 0 %s"):format(program_of(row[1]), TEXT, flags))
      ok, seen = got == want, got == want and "same bits" or "other bits"
    else
      ok, seen = cpus.check(row, program_of(row[1]), TEXT, flags, want)
    end
    if not ok then failed = failed + 1 elseif not reason then passed = passed + 1 end
    cells[i] = (ok and "" or "FAIL ") .. seen
  end
  local machine = row[2] == "" and "this machine" or row[3] ~= "" and row[3] or row[2]:match("%S+")
  print(("%-16s %-22s %-18s %-18s %-18s %-18s"):format(row[1], machine, table.unpack(cells)))
end
print(("%d passed, %d failed, %d skipped"):format(passed, failed, skipped))
os.exit(failed == 0, true)
