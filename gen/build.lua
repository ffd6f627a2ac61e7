-- build.lua: a planned graph becomes a folder of C, and make turns that into a program and its image.
-- The folder stands alone: it holds a copy of the runtime, and no path of this machine is written into it.

local chat = require("gen.chat")
local emit_build = require("gen.emit_build")
local emit_model = require("gen.emit_model")
local emit_pack = require("gen.emit_pack")
local fail = require("gen.fail")
local file = require("gen.file")
local graph_json = require("gen.graph_json")
local known_models = require("gen.known_models")
local report = require("gen.report")
local report_html = require("gen.report_html")
local shell = require("gen.shell")
local target = require("gen.target")

local build = {}

-- A folder name that make, a shell and C all take as it is.
local function safe_name(name)
  return (name:gsub("[^%w._-]", "_"):gsub("^[-.]", "_"))
end

-- The target named by --target, or the best that a probe finds this machine can run.
function build.find_target(root, options)
  if options.target and options.target ~= "native" then return target.load(root, options.target) end
  local dir = shell.capture({ "mktemp", "-d" }) or fail("E_OUT_CREATE", "mktemp -d failed")
  dir = dir:gsub("\n$", "")
  local ok, t = pcall(target.native, root, dir)
  shell.try({ "rm", "-rf", "--", dir })
  if not ok then error(t, 0) end
  return t
end

local function check_compiler(cc, t)
  if cc:find("[%c$#]") then fail("E_USAGE", "--cc %s", cc) end
  if not shell.has(cc:match("^%S*")) then
    fail("E_TOOL", "no compiler '%s' for target %s%s", cc, t.name, t.package and "; install the package " .. t.package or "")
  end
end

-- Compiles nothing much, as build.mk will: a compiler that is too old, for another machine or without a C library is told
-- from a mistake in what it compiles.
local TRIAL = "printf '#include <stdio.h>\\nint main(void) { return 0; }\\n' | $1 $2 $3 -fsyntax-only -x c -"

local function try_compiler(cc, t)
  local flags, more = table.concat(t.cflags, " "), table.concat(t.kernel_flags, " ")
  if not shell.capture({ "sh", "-c", TRIAL, "sh", cc, flags, more }) then
    fail("E_TOOL", "'%s' does not compile for target %s: that takes %s, and the C library of the package %s", cc,
      t.name .. (flags ~= "" and " (" .. flags .. ")" or ""), t.compilers, t.libc)
  end
end

-- Whether a build for t will find what it needs, before any work is done for it.
function build.check_tools(t, options)
  local cc = target.compiler(t, options.cc)
  check_compiler(cc, t)
  try_compiler(cc, t)
  if not shell.has("make") then fail("E_TOOL", "no make; install the package make") end
end

-- Makes the folder of a build.
function build.make_folder(path)
  if not shell.capture({ "mkdir", "-p", "--", path .. "/runtime" }) then
    fail("E_OUT_CREATE", "%s cannot be created or is not a folder", path)
  end
end

-- The same name can stand for two files: their builds would overwrite each other.
local function check_owner(dir, g)
  local path = dir .. "/model.h"
  if not file.exists(path) then return end
  local id = file.read(path):match("#define MODEL_ID 0x(%x+)")
  if id ~= g.params.gguf.hash then
    fail("E_OUT_OTHER", "%s holds the build of another model (%s); name a folder with -o", dir, id or "unknown")
  end
end

-- The files of runtime/, { name, text } each, and the names of its C files, without .c, as build.mk lists them.
local function read_runtime(root)
  local files, names = {}, {}
  local listing = shell.capture({ "ls", root .. "/runtime" }) or fail("E_INTERNAL", "cannot list runtime/")
  for name in listing:gmatch("[^\n]+") do
    local base, kind = name:match("^([%w_]+)%.([ch])$")
    if base and base ~= "probe" then
      files[#files + 1] = { name = "runtime/" .. name, text = file.read(root .. "/runtime/" .. name) }
      if kind == "c" then names[#names + 1] = "runtime/" .. base end
    end
  end
  return files, names
end

-- Prompts with known greedy continuations, where the file is the known model.
local function known_answers(root, header)
  local m = known_models.identify(root, header)
  return m and m.prompts or {}
end

-- The chat family: named by --chat-template, or recognised.
local function chat_family(g, options)
  local family = options.chat or chat.recognise(g.params.gguf.kv)
  local names = table.concat(chat.NAMES, " ")
  if options.chat and not chat.is_known(family) then fail("E_USAGE", "--chat-template %s: not one of %s", family, names) end
  if family == "unknown" then
    io.stderr:write("warning: the chat template is of no known family; `run` needs none, for `chat` name one with ",
      "--chat-template: ", names, "\n")
  end
  return family
end

-- The folder of a build.
function build.folder(params, t, options)
  local dir = options.output or ("out/%s-%s"):format(safe_name(params.name), t.name)
  return dir:sub(1, 1) == "-" and "./" .. dir or dir
end

-- Every generated file, { name, text } each.
local function generate(root, g, vocabulary, options, runtime)
  local files, kernel_names = emit_model.kernels(root, g), {}
  for i, kernel in ipairs(files) do kernel_names[i] = kernel.name:match("^(.*)%.c$") end
  local function add(name, text) files[#files + 1] = { name = name, text = text } end
  add("vocabulary.bin", vocabulary.section)
  add("errors.h", emit_build.errors_h())
  add("model.h", emit_build.model_h(root, g, chat_family(g, options), options.embed))
  add("model.c", emit_model.model(root, g, known_answers(root, g.params.gguf)))
  add("limits.c", emit_model.limits(root, g))
  add("pack.c", emit_pack(root, g, #vocabulary.section, options))
  add("build.mk", emit_build.build_mk(root, g, options, runtime, kernel_names))
  add("report.txt", report.text(g))
  add("graph.json", graph_json(g, files, options.cc))
  return files
end

-- Writes the folder of the build and returns its path. All text is made before the first file is written.
function build.emit(root, g, vocabulary, options)
  g.name = safe_name(g.params.name)
  options.cc = target.compiler(g.target, options.cc)
  if options.embed and not g.target.embed then
    fail("E_TARGET", "--embed: programs of target %s cannot hold an image", g.target.name)
  end
  options.static = options.static or g.target.board and g.target.board.static
  check_compiler(options.cc, g.target)
  local runtime, runtime_names = read_runtime(root)
  local files = generate(root, g, vocabulary, options, runtime_names)
  local dir = build.folder(g.params, g.target, options)
  build.make_folder(dir)
  if not options.output then check_owner(dir, g) end
  for _, f in ipairs(runtime) do file.write(dir .. "/" .. f.name, f.text) end
  for _, f in ipairs(files) do file.write(dir .. "/" .. f.name, f.text) end
  if options.facts_text then file.write(dir .. "/facts.lua", options.facts_text) end
  return dir
end

local function absolute(path)
  if path:sub(1, 1) == "/" then return path end
  return shell.capture({ "pwd" }):gsub("\n$", "") .. "/" .. path
end

-- Compiles, packs, installs, in this order, so that a build that fails leaves the program and image before it as they were.
-- The packer runs outside of make: its errors are about the model and have their own names and exit codes.
-- measured.txt gets the bytes of the compiled code and the seconds it took.
-- $1: the folder, $2: the model's name, $3: empty, or nothing is printed.
local STEPS = [[
  cd -- "$1" || exit 1
  test -z "$3" || exec >/dev/null
  run() { make -f build.mk --no-print-directory -j "$(nproc 2>/dev/null || echo 1)" "$@"; }
  pack() { echo "  PACK $2.img"; trap '' XFSZ; ./pack "$GGUF" vocabulary.bin "$2.img"; }
  run -q compiled || {
    began=$(date +%s)
    run compiled || exit 1
    { size model.o kernels-*.o; echo "compiled in $(($(date +%s) - began)) s"; } >measured.txt 2>&1
  }
  run -q "$2.img" || pack "$@" || exit $?
  run all || exit 1]]

-- Runs the steps in the folder; of two builds at once, the second waits and finds nothing left to do.
-- The model's path travels in the environment, never in a makefile.
function build.make(dir, g, options)
  build.check_tools(g.target, options)
  local argv = { "env", "GGUF=" .. absolute(options.operand), "MAKEFLAGS=", "MAKELEVEL=", "sh", "-c", STEPS, "sh", dir, g.name,
    options.quiet and "quiet" or "" }
  if shell.has("flock") then table.move({ "flock", dir }, 1, 2, 1, table.move(argv, 1, #argv, 3)) end
  local ok, code = shell.try(argv)
  if not ok and code == 1 then fail("E_TOOL", "make failed in %s", dir) end
  if not ok then error({ exit = code }, 0) end       -- the packer has said why
  if options.quiet then return end
  report_html.write(dir)
  io.stderr:write(("built %s/%s for %s\n"):format(dir, g.name, g.target.name))
end

return build
