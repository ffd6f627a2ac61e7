-- programs.lua: builds the programs that several tests run, once, under out/test/, and runs things.
-- programs.build(model, target, flags), programs.demo(target) -> folder; programs.run(command) -> stdout, exit code, stderr.

local shell = require("gen.shell")
local target = require("gen.target")

local programs = {}

local features

-- Why programs of this target cannot run here, or nil. Targets of other machines run under their `run` command.
local function obstacle(t)
  if t.run then return nil end
  if t.arch ~= "any" and t.arch ~= target.machine() then return "no " .. t.arch .. " machine" end
  if not features then
    local dir = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
    features = target.probe(".", dir)
    shell.try({ "rm", "-rf", dir })
  end
  for need in t.needs:gmatch("%S+") do
    if not features[need] then return "this CPU lacks " .. need end
  end
end

-- All targets: { name, rank, threads (at most), prefix (the words that run its programs here), obstacle (a reason, or nil) }.
function programs.targets()
  local list = {}
  for i, name in ipairs(target.names(".")) do
    local t = target.load(".", name)
    local native = t.arch == target.machine()
    list[i] = { name = name, rank = t.rank, threads = t.threads, prefix = not native and t.run and shell.line(t.run) .. " " or "",
      obstacle = obstacle(t) }
  end
  return list
end

-- The name of the best target whose programs this machine runs without help.
function programs.native()
  local best
  for _, t in ipairs(programs.targets()) do
    if not t.obstacle and t.prefix == "" and (not best or t.rank > best.rank) then best = t end
  end
  return best.name
end

-- Runs a shell command. Returns its stdout, exit code and stderr.
function programs.run(command)
  local errors = os.tmpname()
  local pipe = assert(io.popen(("{ %s\n} 2>%s"):format(command, errors)))
  local text = pipe:read("a")
  local _, how, code = pipe:close()
  local f = assert(io.open(errors))
  local err = f:read("a")
  f:close()
  os.remove(errors)
  return text, how == "signal" and 128 + code or code, err
end

-- In the folder of a build: compiles the runtime without optimisation.
local RUNTIME = [[make -s -j2 -f build.mk CFLAGS="-std=c11 -O0 -ffp-contract=off" \
  $(sed -n 's/^RUNTIME *= //p' build.mk | sed 's/$/ /; s/ /.o /g')]]

-- Builds model (a path) for a target with more flags (a string) and returns the folder. Several tests may ask for the same one
-- at once: the first builds, the others wait, make finds nothing left to do. A warning of the compiler is a failure.
-- plain_runtime: nothing but the model and its kernels is optimised, for a program that is there for these: half the time.
function programs.build(model, target_name, flags, plain_runtime)
  flags = flags or ""
  local skip = flags:find("--skip", 1, true) and "" or "--skip none"      -- without a word about it, a build scans the model
  local base = model:match("([^/]*)%.gguf$")
  local folder = ("out/test/%s-%s%s"):format(base, target_name, flags:gsub("[^%w]+", "-"))
  local words = ("%s --target %s %s %s -o %s"):format(shell.quote(model), target_name, flags, skip, folder)
  local script = "gen/tritc build " .. words
  if plain_runtime then script = ("gen/tritc emit %s && (cd %s && %s) && %s"):format(words, folder, RUNTIME, script) end
  os.execute("mkdir -p out/test")
  local _, code, err = programs.run("MAKEFLAGS= flock out/test/lock sh -c " .. shell.quote(script))
  if code ~= 0 or err:find(":%d+:%d+: warning: ") then error("building " .. folder .. " failed:\n" .. err, 0) end
  return folder
end

-- The demo model for a target, skipping where it can: one program for the tests that want it for every target. In a bounded run
-- its runtime is optimised by each compiler once, and for the best target.
local OPTIMISED = { scalar = true, armv8 = true, ["armv7-neon"] = true, riscv64 = true, wasm32 = true }

function programs.demo(target_name)
  local optimised = OPTIMISED[target_name] or os.getenv("TEST_FULL") or target_name == programs.native()
  return programs.build("models/shakespeare.gguf", target_name, "--skip all", not optimised)
end

-- A synthetic model under out/test/ with the given flags of `tritc synth`, made once per name.
function programs.synth(name, shape, flags)
  local path = ("out/test/%s.gguf"):format(name)
  os.execute("mkdir -p out/test")
  local _, code, err = programs.run(("flock out/test/lock sh -c 'test -f %s || gen/tritc synth %s %s -o %s'"):format(path, shape,
    flags or "", path))
  if code ~= 0 then error("synth " .. name .. " failed:\n" .. err, 0) end
  return path
end

-- The oracle's command, built when one of its sources is newer.
function programs.oracle()
  os.execute("mkdir -p out/test")
  local _, code, err = programs.run([[flock out/test/lock sh -c '
    test -z "$(find tests/oracle -name "*.[ch]" -newer out/test/oracle 2>&1)" ||
    cc -std=c11 -O3 -ffp-contract=off -fno-math-errno -o out/test/oracle $(ls tests/oracle/*.c | grep -v check.c)']])
  if code ~= 0 then error("the oracle does not compile:\n" .. err, 0) end
  return "out/test/oracle"
end

return programs
