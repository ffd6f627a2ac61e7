-- programs.lua: builds the programs that several tests run, once, under out/test/, and runs things.
-- programs.build(model, target, flags), programs.demo(target) -> folder; programs.run(command) -> stdout, exit code, stderr.

local facts = require("gen.facts")
local file = require("gen.file")
local gguf = require("gen.gguf")
local shell = require("gen.shell")
local target = require("gen.target")

local FULL = os.getenv("TEST_FULL")
local DEMO = "models/shakespeare.gguf"
local SKIPPING = "--skip all"

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

-- A copy of the compiler: what it builds is not optimised, in a test to which that makes no difference. With -MMD ccache takes
-- what a file depends on from the compiler, and need not run the preprocessor before it.
function programs.plain(tree) programs.run(("sed -i 's/ -O2 / -O0 -MMD /' %s/templates/build.mk"):format(tree)) end

-- What kernels of tiles force inline is not, which makes them three times as fast to compile. (`unused`: headers.lua.)
programs.QUICK = "-O1 -Dalways_inline=unused"

-- The same with a sanitizer. -O0 takes a third of -O1, and no access is optimised away before it is seen.
programs.SANITIZED = { address = "-O0 -g1 -Dalways_inline=__unused__ -fsanitize=address,undefined -fno-sanitize-recover=all",
  thread = "-O1 -g1 -Dalways_inline=__unused__ -fsanitize=thread" }

-- Functions of sh, in the folder of a build. is NAME: that variable of build.mk; objects NAME: of the files that it lists.
-- compile FLAGS GOALS: make. as_one FLAGS: the files of the runtime that include model.h, which every model has another of, at
-- once, in half of the time: map.o has all of them, map.c first, which asks the system's headers for most, and for make there are
-- objects of the others' names. main.c is apart, for tests that link the rest.
programs.SH = [[
  is() { sed -n "s/^$1 *= //p" build.mk; }
  objects() { is "$1" | sed 's/$/ /; s/ /.o /g'; }
  compile() { flags=$1; shift; make -s -j2 -f build.mk CFLAGS="$flags -MMD" "$@"; }
  as_one() {
    others="engine bench_machine cmd_bench cmd_chat cmd_embed cmd_info cmd_perplexity cmd_run cmd_tokenize generate open options \
      sample screen selftest"
    object="$(is CC) $1 -MMD -D_FILE_OFFSET_BITS=64 -I. -Iruntime -c -o"
    printf '#include "runtime/%s.c"\n' map $others >one.c && $object runtime/map.o one.c && : >none.c && $object none.o none.c &&
      for name in $others; do cp none.o runtime/$name.o || return; done && rm none.?
  }
  ]]

-- The whole runtime and the packer as users have them; without optimisation, and the rest with $level.
local OPTIMISE = [[compile "$(is CFLAGS)" pack $(objects RUNTIME)]]
local PLAIN = [[plain=$(is CFLAGS | sed "s/ -O2 / -O0 /"); as_one "$plain" &&
  compile "$plain" pack $(objects RUNTIME) && compile "$(is CFLAGS | sed "s/ -O2 / $level /")" $goal]]

-- In a bounded run nothing but the model and its kernels is optimised, which halves the time of a build: of the demo model all
-- is, by each compiler once, in the programs of these targets that skip and in the best one that does not.
local OPTIMISED = { armv8 = true, ["armv7-neon"] = true, riscv64 = true, wasm32 = true }

local function optimised(model, target_name, flags)
  if FULL then return true end
  if model ~= DEMO then return false end
  return flags == SKIPPING and OPTIMISED[target_name] or flags == "" and target_name == programs.native()
end

-- Whether the build whose stamp is $1, of model $2, is older than what it was made from; else it is built by $3.
local STALE = [[
  test -e "$1" && test -z "$(find gen templates runtime targets models "$2" -newer "$1" 2>&1)" && exit
  mkdir -p "${1%/*}" && touch "$1.new" && eval "$3" && mv "$1.new" "$1"]]

-- Builds model (a path) for a target with more flags (a string) and returns the folder. Several tests may ask for the same one:
-- the first builds, the others wait, if at once, and find nothing left to do. A warning of the compiler is a failure.
-- In a bounded run other models than the demo have short kernels (kernels.t has the same ones in the length that users get), and
-- are compiled at -O1, which takes 0.8 s where -O2 takes 1.3 and computes the same: they are there for their ops.
function programs.build(model, target_name, flags)
  flags = flags or ""
  local plain = not optimised(model, target_name, flags)
  local skip = flags:find("--skip", 1, true) and "" or "--skip none"      -- without a word about it, a build scans the model
  local base = model:match("([^/]*)%.gguf$")
  local folder = ("out/test/%s-%s%s%s"):format(base, target_name, flags:gsub("[^%w]+", "-"), plain and "-plain" or "")
  local unroll, level, goal = "", plain and target_name == "x86-amx" and "-O2 -Dalways_inline=__unused__" or "-O2", "compiled"
  if plain and model ~= DEMO then unroll, level, goal = "--unroll 1", programs.QUICK, "all" end
  local arguments = ("%s --target %s %s %s %s -o %s"):format(shell.quote(model), target_name, flags, skip, unroll, folder)
  local script = ("gen/tritc emit %s && (export GGUF=$(realpath \"$2\"); cd %s && level='%s' goal=%s; %s%s)"):format(arguments,
    folder, level, goal, programs.SH, plain and PLAIN or OPTIMISE)
  if goal == "compiled" then script = script .. " && gen/tritc build " .. arguments end
  os.execute("mkdir -p out/test")
  local words = { "sh", "-c", STALE, "sh", folder .. "/stamp", model, script }
  local _, code, err = programs.run("MAKEFLAGS= flock out/test/lock " .. shell.line(words))
  if code ~= 0 or err:find(":%d+:%d+: warning: ") then error("building " .. folder .. " failed:\n" .. err, 0) end
  return folder
end

-- The demo model for a target, skipping where it can: one program for the tests that want it for every target.
function programs.demo(target_name) return programs.build(DEMO, target_name, SKIPPING) end

-- A synthetic model under out/test/ with the given flags of `tritc synth`, made once per name.
function programs.synth(name, shape, flags)
  local path = ("out/test/%s.gguf"):format(name)
  os.execute("mkdir -p out/test")
  local _, code, err = programs.run(("flock out/test/lock sh -c 'test -f %s || gen/tritc synth %s %s -o %s'"):format(path, shape,
    flags or "", path))
  if code ~= 0 then error("synth " .. name .. " failed:\n" .. err, 0) end
  return path
end

-- Facts of a model in the folder of its build, by which it skips nothing: `tritc build` need not scan it, in a test to which that
-- makes no difference.
function programs.facts(model, folder)
  local header = gguf.read(model)
  local layers = header.kv[header.kv["general.architecture"].value .. ".block_count"].value
  programs.run("mkdir -p " .. shell.quote(folder))
  file.write(folder .. "/facts.lua", facts.text(header.hash, layers, {}))
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
