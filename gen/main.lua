-- main.lua: arguments to files. The list of passes in `compile` is the architecture of the compiler.
-- header -> model -> graph -> fuse -> groups -> skip -> choose -> screen -> schedule -> plan -> image -> emit; after each the
-- graph is verified.

local analyze = require("gen.analyze")
local build = require("gen.build")
local choose = require("gen.choose")
local cli = require("gen.cli")
local decide_skips = require("gen.decide_skips")
local explain = require("gen.explain")
local fail = require("gen.fail")
local file = require("gen.file")
local fits = require("gen.fits")
local fuse = require("gen.fuse")
local gguf = require("gen.gguf")
local graph = require("gen.graph")
local groups = require("gen.groups")
local image = require("gen.image")
local import = require("gen.import")
local known_models = require("gen.known_models")
local model = require("gen.model")
local plan = require("gen.plan")
local report = require("gen.report")
local report_html = require("gen.report_html")
local report_plan = require("gen.report_plan")
local requantize = require("gen.requantize")
local scales = require("gen.scales")
local scan = require("gen.scan")
local schedule = require("gen.schedule")
local screen = require("gen.screen")
local skip = require("gen.skip")
local synth = require("gen.synth")
local vocab = require("gen.vocab")

local DEFAULT_CTX, DEFAULT_BATCH, DEFAULT_THREADS = 4096, 128, 64
local VOCAB_BYTES_PER_TOKEN = 64     -- of the vocabulary section: 55 to 83 in five known shapes

local function warn(messages)
  for _, message in ipairs(messages) do io.stderr:write("warning: ", message, "\n") end
end

-- Writes to stdout and stops with an error if that is not possible: a full disk must not look like success.
local function print_all(text)
  if not (io.stdout:write(text) and io.stdout:flush()) then fail("E_OUT_WRITE", "standard output") end
end

-- An error as gen/fail.lua raises it; any other is a bug of ours.
local function named(e)
  return type(e) == "table" and e or { name = "E_INTERNAL", exit = 70, message = debug.traceback(tostring(e), 2) }
end

local function sizes_of(params, t, options)
  local ctx = options.ctx or math.min(params.n_ctx_train, DEFAULT_CTX)
  if ctx > params.n_ctx_train then fail("E_USAGE", "--ctx %d: the model was trained for %d", ctx, params.n_ctx_train) end
  if (options.threads or 1) > t.threads then
    fail("E_USAGE", "--threads %d: at most %d on target %s", options.threads, t.threads, t.name)
  end
  return { ctx = ctx, batch = math.min(options.batch or DEFAULT_BATCH, ctx),
    threads = options.threads or math.min(DEFAULT_THREADS, t.threads) }
end

-- All passes over a checked model. Returns the planned graph; prints and exits at --dump.
local function lower(params, vocab_bytes, t, options, scan_model)
  local sizes = sizes_of(params, t, options)
  local passes = {
    { "build", function() return graph.build(params, params.build_graph) end },
    { "fuse", fuse },
    { "groups", function(g) return groups.run(g, options.act) end },
    { "skip", function(g) return skip.run(g, decide_skips(g, t, options, scan_model)) end },
    { "choose", function(g) return choose(g, t, options) end },
    { "screen", screen },
    { "schedule", schedule },
    { "plan", function(g) return plan(g, sizes) end },
    { "image", function(g) return image(g, vocab_bytes) end },
  }
  local g
  for _, pass in ipairs(passes) do
    g = graph.verify(pass[2](g))
    if options.dump == pass[1] then
      print_all(graph.dump(g))
      os.exit(0, true)
    end
  end
  if options.dump then fail("E_USAGE", "--dump %s: no such pass (see --help)", options.dump) end
  return fits.check_address_space(g)
end

-- Everything from the file to the planned graph. Returns the graph and the vocabulary. scan_model: function(params, dir) that
-- makes facts where there are none, or nil. partial: as for gguf.read.
local function compile(root, options, scan_model, partial)
  local params = model.load(gguf.read(options.operand, partial))
  if options.embd then model.requantise(params, options.embd) end
  if params.gguf.missing <= 0 then scales.find(root, params, options) end
  local vocabulary = vocab.build(params.gguf.kv, params.n_vocab, params.gguf.name, options.pre)
  if not options.quiet then
    warn(params.warnings)
    warn(vocabulary.warnings)
  end
  return lower(params, #vocabulary.section, build.find_target(root, options), options, scan_model), vocabulary
end

-- Builds and returns the path of the program.
local function make(root, options, scan_model)
  local g, vocabulary = compile(root, options, scan_model)
  local dir = build.emit(root, g, vocabulary, options)
  build.make(dir, g, options)
  return dir .. "/" .. g.name
end

local run = {}

function run.build(root, options)
  make(root, options, function(params, dir)
    compile(root, setmetatable({ skip = "none", quiet = true }, { __index = options }))   -- what it refuses needs no scan
    return scan(params, nil, dir, options, function(scan_options) return make(root, scan_options) end)
  end)
end

function run.scan(root, options)
  local params = model.load(gguf.read(options.operand))
  local text_file = options.file
  if text_file and text_file ~= "-" and not file.exists(text_file) then fail("E_OPEN", "%s: no such file", text_file) end
  local text = scan(params, text_file, nil, options, function(scan_options) return make(root, scan_options) end)
    or fail("E_FACTS", "the model does not read the text of the scan; is it UTF-8, and fewer than 512 tokens?")
  file.write(options.output or "facts.lua", text)
  io.stderr:write("wrote ", options.output or "facts.lua", "\n")
end

function run.emit(root, options)
  local g, vocabulary = compile(root, options)
  io.stderr:write("wrote ", build.emit(root, g, vocabulary, options), "\n")
end

-- Of a file that cannot be built, what its header tells comes before the error.
function run.plan(root, options)
  local header = {}
  local ok, g = xpcall(compile, named, root, options, nil, header)
  if ok then return print_all(report_plan.text(g, options)) end
  local about_file = g.name:find("^E_GGUF_TRUNCATED") or g.name:find("^E_MODEL_") or g.name:find("^E_VOCAB_")
  if about_file and not options.json then print_all(report_plan.facts(header)) end
  error(g, 0)
end

function run.explain(_, options) print_all(explain.text(options.operand, options.second)) end

function run.report(_, options) io.stderr:write("wrote ", report_html.write(options.operand, options.bench), "\n") end

function run.targets(root) print_all(report.targets(root)) end

-- Plans every known model from the header that synth would write; only the size of the vocabulary is guessed.
function run.models(root, options)
  local t, rows = build.find_target(root, options), {}
  for i, known in ipairs(known_models.list(root)) do
    rows[i] = { known = known }
    if not known.unsupported then
      local text, size = synth.header(root, known.name)
      local params = model.load(gguf.parse(text, known.name, size))
      rows[i].graph = lower(params, params.n_vocab * VOCAB_BYTES_PER_TOKEN, t, { skip = "none" })
    end
  end
  print_all(report.models(rows, options))
end

function run.synth(root, options)
  options.shape = options.operand
  synth.run(root, options)
end

function run.analyze(root, options) print_all(analyze.run(root, options)) end

function run.requantize(root, options) warn(requantize.run(root, options)) end

function run.import(root, options) warn(import.run(root, options)) end

local function dispatch(root, words)
  local command, options = cli.parse(words)
  if options.help then return print_all(cli.help(command)) end
  if options.version then return print_all("tritc " .. cli.VERSION .. "\n") end
  run[command.name](root, options)
end

-- root: the folder that holds gen/; words: the arguments. Ends the process with the exit code of docs/ERRORS.md.
return function(root, words)
  local ok, e = xpcall(dispatch, named, root, words)
  if ok then os.exit(0, true) end
  if e.name then io.stderr:write(("error: %s: %s\n"):format(e.name, e.message)) end
  os.exit(e.exit, true)
end
