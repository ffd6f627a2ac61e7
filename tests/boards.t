#!/usr/bin/env lua5.4
-- boards.t: boards by name: what the table says, what plan says of them, one file for a board, too little memory, compilers that
-- cannot do it. That the programs compute the right thing is the business of bits.t and cpu.t.
package.path = "./?.lua;" .. package.path

local commands = require("tests.commands")
local file = require("gen.file")
local nearest = require("gen.nearest")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")
local target = require("gen.target")

local M = "models/shakespeare.gguf"
local D = shell.capture({ "mktemp", "-d" }):match("[^\n]+")
local cleanup <close> = setmetatable({}, { __close = function() shell.try({ "rm", "-r", D }) end })

-- ---- the table ----

local names, targets = {}, {}
for _, name in ipairs(target.names(".")) do targets[name] = true end
local FIELDS = { name = 1, target = 1, about = 1, cores = 1, flags = 1, memory = 1, bandwidth = 1, source = 1, cc = 1, triple = 1, static = 1, fast = 1 }
for _, board in ipairs(target.boards(".")) do
  local good = targets[board.target] and not targets[board.name] and not names[board.name] and board.about
    and (not board.bandwidth or board.source)
  for field in pairs(board) do good = good and FIELDS[field] end
  t.ok(good, board.name .. ": a target, a name of its own, a source for its bandwidth, no other field")
  names[board.name] = true
  -- An instruction that the target's needs do not name would end in SIGILL: a board adds no -march and no -mcpu.
  local flags = table.concat(board.flags, " ")
  t.ok(not flags:find("-march", 1, true) and not flags:find("-mcpu", 1, true), board.name .. ": no instructions beyond its target's")
  local resolved = target.load(".", board.name)
  t.is(resolved.needs, target.load(".", board.target).needs, board.name .. ": the needs of its target")
end

-- ---- the nearest names ----

for typed, want in pairs { rpi6 = "rpi2", ["RPi-4"] = "rpi4", raspi5 = "rpi5", gravitron3 = "graviton3", orin = "jetson-orin", ["apple-m3"] = "apple-m1" } do
  local list = nearest(typed, { "rpi2", "rpi3", "rpi4", "rpi5", "graviton2", "graviton3", "jetson-orin", "apple-m1", "armv8" })
  local found = false
  for _, name in ipairs(list) do found = found or name == want end
  t.ok(found and #list == 3, ("%s: %s is among %s"):format(typed, want, table.concat(list, " ")))
end

-- ---- the command ----

-- A model of 2B-4T's shape; one of 1.7 GB and one whose image no 32-bit process can map, with few tokens and layers, which are
-- what a plan takes its time for; holes where the weights would be.
local function synth(name, flags)
  local _, code, err = programs.run(("gen/tritc synth bitnet-b1.58-2b-4t --no-weights --pre llama-bpe %s -o %s/%s.gguf"):format(flags, D, name))
  t.is(code, 0, name .. " " .. err)
end
synth("2b", "")
synth("medium", "--layers 15 --ff 49152 --vocab 1000")
synth("large", "--layers 34 --ff 65536 --vocab 1000")

local SHIM = "mkdir -p $D/bin; printf '#!/bin/sh\\nexit 1\\n' >$D/bin/clang; chmod 755 $D/bin/clang; PATH=$D/bin:$PATH "
commands.check(t, {
  { "targets lists the boards", "gen/tritc targets", 0, "...\nrpi4 ... armv8 ... Cortex-A72...GB/s (STREAM...\n..." },
  { "an unknown board", "gen/tritc plan $M --target rpi44", 69, nil,
    "error: E_TARGET: no target or board 'rpi44'; the nearest names: rpi4 ...; the targets: native ...\n" },
  { "plan for a board", "gen/tritc plan $D/medium.gguf --target rpi4", 0,
    "model ...\ntarget   rpi4: Raspberry Pi 4...\n...tokens per second at 5.5 GB/s (rpi4: STREAM, ...)\n...\nfits     yes: rpi4 with 2 GB\n" },
  { "plan for a board: the bandwidth that one measured", "gen/tritc plan $D/medium.gguf --target rpi4 --bandwidth 4", 0, "...at 4.0 GB/s\n...\nfits ...\n" },
  { "plan for a board with too little memory", "gen/tritc plan $D/medium.gguf --target rpi3", 0, "...\nfits     no: rpi3 has at most 1 GB\n" },
  { "the same as JSON", "gen/tritc plan $D/medium.gguf --target rpi3 --json", 0, '..."target": "rpi3"...: 3.6...\n...false\n}\n' },
  { "memory that is not known", "gen/tritc plan $M --target graviton2 --json", 0, '...: 204.8...null\n}\n' },
  { "2B-4T fits 32 bits of addresses", "gen/tritc plan $D/2b.gguf --target armv7-neon", 0, "model ...\n" },
  { "a larger one does not, said at plan", "gen/tritc plan $D/large.gguf --target rpi2", 71, nil,
    "error: E_MEM: an image of ... and an arena of ... MB: target rpi2 has room for 2684 MB in its 32-bit addresses; ...\n" },
  { "and at build", "gen/tritc build $D/large.gguf --target armv7-neon -o $D/none", 71, nil, "error: E_MEM: ...\n" },
  { "WebAssembly has 32-bit addresses, too", "gen/tritc plan $D/large.gguf --target wasm32", 71, nil, "error: E_MEM: ...: target wasm32 has room ...\n" },
  { "a 64-bit board can map it", "gen/tritc plan $D/large.gguf --target rpi5", 0, "...\nfits     yes: rpi5 with 8 GB\n" },
  { "a compiler for another machine", "gen/tritc build $M --target rpi5 --cc gcc -o $D/wrong", 69, nil,
    "error: E_TOOL: 'gcc' does not compile for target rpi5 (-march=armv8.2-a+dotprod -mtune=cortex-a76): that takes gcc 8 or clang 6, ...libc6-dev-arm64-cross\n" },
  { "a clang that is too old", SHIM .. "gen/tritc build $M --target armv8-i8mm --cc clang -o $D/old", 69, nil,
    "error: E_TOOL: 'clang --target=aarch64-linux-gnu' does not compile for target armv8-i8mm (...): that takes gcc 10 or clang 11, ...\n" },
  { "macOS cannot be built for here, but emitted", "gen/tritc emit $M --target apple-m1 --cc cc -o $D/mac", 0, nil, "wrote ...mac\n" },
}, { M = M, D = D })

-- ---- docs/BOARDS.md: a row for each board; what plan says of one of each target and packing ----

local page = io.open("docs/BOARDS.md"):read("a")
for _, board in ipairs(target.boards(".")) do
  t.ok(page:find("\n| " .. board.name .. " |", 1, true), board.name .. " is in docs/BOARDS.md")
end
for _, name in ipairs { "rpi4", "rpi5", "rk3588" } do
  local json = programs.run(("gen/tritc plan %s/2b.gguf --ctx 2048 --json --target %s"):format(D, name))
  local bound = ("%.1f"):format(json:match('"tokens_per_second_bound": ([%d.]+)') or 0)
  t.is(page:match("\n| " .. name .. " |[^|]*|[^|]*| ([%d.]+) |"), bound, name .. ": tokens per second in docs/BOARDS.md")
end

-- ---- big and little cores ----

local driver = "cc -std=c11 -O1 -Iruntime -I%s -o %s/cores tests/cores.c runtime/team.c runtime/error.c -pthread"
local NATIVE = programs.build(M, programs.native())
local _, built, said = programs.run(driver:format(NATIVE, D))
t.is(built .. said, "0", "tests/cores.c compiles")
if target.machine() ~= "unknown" and shell.capture({ "uname" }) == "Linux\n" then
  for speeds, want in pairs { ["1024"] = 1, ["1024 1024 1024 1024"] = 4, ["414 414 414 414 1024 1024 1024 1024"] = 4,
    ["1024 871 871 871 414 414 414 414"] = 4, ["250 250 250 250 250 250 620 1024"] = 8, ["5000 5100 5000 5100"] = 4 } do
    t.is(programs.run(D .. "/cores " .. speeds), want .. "\n", "threads for CPUs of speeds " .. speeds)
  end
  -- The CPUs that this process may use, in a made-up sys/.
  local allowed = programs.run("for i in $(seq 0 255); do taskset -c $i true 2>/dev/null && printf '%d ' $i; done")
  local cpus = {}
  for cpu in allowed:gmatch("%d+") do cpus[#cpus + 1] = cpu end
  local function sys(name, speed)
    programs.run(("rm -rf %s/sys"):format(D))
    for i, cpu in ipairs(cpus) do
      local folder = ("%s/sys/devices/system/cpu/cpu%s"):format(D, cpu)
      programs.run(("mkdir -p %s/cpufreq && echo %d >%s/%s"):format(folder, speed(i), folder, name))
    end
    return (programs.run(("%s/cores -r %s"):format(D, D)))
  end
  t.is(sys("cpu_capacity", function() return 1024 end), #cpus .. "\n", "equal capacities: every CPU")
  t.is(sys("cpu_capacity", function(i) return i == 1 and 1024 * #cpus or 512 end), "1\n", "one much faster CPU: it alone")
  t.is(sys("cpufreq/cpuinfo_max_freq", function(i) return i == 1 and 9000000 * #cpus or 1000000 end), "1\n", "clocks, where there is no capacity")
  t.is(sys("cpu_capacity", function() return 0 end), #cpus .. "\n", "what makes no sense counts for nothing")
  t.is(programs.run(("%s/cores -r %s/none"):format(D, D)), #cpus .. "\n", "nothing known: every CPU")
end

-- ---- a machine with too little memory: sysconf says it has 1 MB ----

local LIAR = "#include <unistd.h>\nlong sysconf(int name) { return name == _SC_PHYS_PAGES ? 256 : name == _SC_PAGESIZE ? 4096 : -1; }\n"
if programs.run(("printf '%%s' '%s' >%s/liar.c && cc -shared -fPIC -o %s/liar.so %s/liar.c && echo made"):format(LIAR, D, D, D)) == "made\n" then
  commands.check(t, {
    { "too little memory, said at start", "LD_PRELOAD=$D/liar.so $N/shakespeare run a", 71, nil,
      "error: E_MEM: every token touches ... MB, and this machine has 1 MB of memory\n" },
    { "and by info", "LD_PRELOAD=$D/liar.so $N/shakespeare info", 0, "name ...fits               no: ...\n" },
  }, { D = D, N = NATIVE })
end

-- ---- macOS: the model and its kernels, freestanding, against a C library of two headers; nothing runs it, nor need it be fast ----

local HEADERS = [[
  mkdir -p $D/libc && cd $D/libc &&
  printf '#include <stddef.h>\nvoid *memcpy(void *, const void *, size_t);\nvoid *memset(void *, int, size_t);\n' >string.h &&
  printf 'typedef struct { long l[8]; } pthread_t, pthread_mutex_t, pthread_cond_t, pthread_attr_t;\npthread_t pthread_self(void);\n' >pthread.h]]
if shell.has("clang") then
  for _, board in ipairs { "apple-m1", "apple-m2" } do
    commands.check(t, { { board .. ": model and kernels compile for macOS", HEADERS .. "; cd $R && gen/tritc emit $M --target " .. board
      .. " --unroll 1 -o $D/mac && cd $D/mac && sed -n 's/^CC *= //p' build.mk && for c in model.c kernels-*.c; do "
      .. "$(sed -n 's/^CC *= //p' build.mk) $(sed -n 's/^CFLAGS *= //p' build.mk) -O0 -Werror -ffreestanding $(sed -n 's/^FLAGS *= //p' build.mk) "
      .. "-I. -Iruntime -I../libc -c -o x.o $c || exit 1; done", 0, "clang --target=arm64-apple-macos11\n", "wrote ...\n" } },
      { D = D, M = M, R = shell.capture({ "pwd" }):match("[^\n]+") })
  end
else
  t.skip("no clang", "macOS: the model and its kernels compile")
end

-- ---- on an Arm machine: `native` there, with a uname and a cc that say so and run what they make under qemu ----

local UNAME = "#!/bin/sh\ncase $1 in -m) echo aarch64 ;; *) exec /usr/bin/uname \"$@\" ;; esac\n"
local COMPILER = [[
#!/bin/sh
aarch64-linux-gnu-gcc -static "$@" || exit
while [ "$1" != -o ]; do shift; done
mv "$2" "$2.arm" && printf '#!/bin/sh\nexec qemu-aarch64 -cpu %s %s\n' "$CPU" "$2.arm" >"$2" && chmod 755 "$2"
]]
if shell.has("qemu-aarch64") and shell.has("aarch64-linux-gnu-gcc") then
  programs.run(("mkdir %s/arm"):format(D))
  file.write(D .. "/arm/uname", UNAME)
  file.write(D .. "/arm/cc", COMPILER)
  programs.run(("chmod 755 %s/arm/*"):format(D))
  for cpu, best in pairs { ["cortex-a53"] = "armv8", ["cortex-a76"] = "armv8-dotprod", max = "armv8-i8mm" } do
    commands.check(t, { { "native on " .. cpu, "CPU=" .. cpu .. " PATH=$D/arm:$PATH gen/tritc plan $M", 0, "...\ntarget   " .. best .. ": ...\n" } }, { D = D, M = M })
  end
else
  t.skip("no qemu-aarch64 or no aarch64-linux-gnu-gcc", "native on Arm")
end

-- ---- one file for a board ----

local QEMU = "qemu-aarch64 -cpu cortex-a72"
if shell.has("qemu-aarch64") and shell.has("aarch64-linux-gnu-gcc") then
  local folder = programs.build(M, "rpi4", "--embed --static")
  local want = programs.run(("%s %s trace 870 58"):format(programs.oracle(), M))
  programs.run(("mkdir -p %s/board && cp %s/shakespeare %s/board/moved"):format(D, folder, D))
  commands.check(t, {
    { "one file, no library, no image beside it", QEMU .. " $D/board/moved run ROMEO: --trace -n 0", 0, want, "..." },
    { "info knows the board", QEMU .. " $D/board/moved info", 0, "name ...shakespeare\n...\ntarget             rpi4\n..." },
    { "no program interpreter in it", "readelf -l $D/board/moved | grep -c INTERP", 1, "0\n" },
    { "cut short in its image", "head -c 2000000 $D/board/moved >$D/cut; chmod 755 $D/cut; " .. QEMU .. " $D/cut run a", 65, nil,
      "error: E_MODEL_SIZE: cut: built with its image appended, and cut short\n" },
    { "one byte short", "head -c -1 $D/board/moved >$D/cut; " .. QEMU .. " $D/cut run a", 65, nil,
      "error: E_MODEL_SIZE: cut: built with its image appended, and cut short\n" },
    { "the image of another target", QEMU .. " $D/board/moved run a -i $I", 65, nil, "error: E_MODEL_HASH: ...shakespeare.img: packed from shakespeare ...\n" },
  }, { D = D, I = programs.build(M, "scalar") .. "/shakespeare.img" })
else
  t.skip("no qemu-aarch64 or no aarch64-linux-gnu-gcc", "one file for a board")
end
t.done()
