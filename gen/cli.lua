-- cli.lua: the command line: one table of commands and options, parsed strictly; --help is printed from the same table.

local chat = require("gen.chat")
local columns = require("gen.columns")
local fail = require("gen.fail")
local formats = require("gen.formats")

local cli = { VERSION = "0.1.0", ABOUT = "a static-graph compiler for ternary language models" }

-- An option: flag, key of the parsed table, what its value is called (nil: a switch), kind of value, help.
local function option(flag, key, value, kind, help)
  return { flag = flag, key = key, value = value, kind = kind, help = help }
end

local TARGET = option("--target", "target", "NAME", "string",
  "target CPU or board; `native`, the default, is the best this machine can run")
local CTX = option("--ctx", "ctx", "N", "count", "positions of the context (default: the model's own, at most 4096)")
local PRE = option("--pre", "pre", "NAME", "string", "pre-tokenizer instead of the one that the file names, e.g. llama-bpe")
local BATCH = option("--batch", "batch", "N", "count", "most tokens evaluated at once (default 128)")
local THREADS = option("--threads", "threads", "N", "count", "most threads the program can use (default 64)")
local PACKING = option("--packing", "packing", "NAME", "string", "packing of the weights (default: the one that decodes fastest)")
local DUMP = option("--dump", "dump", "PASS", "string",
  "print the graph after a pass: build fuse groups skip choose screen schedule plan image")
local EMBD = option("--embd", "embd", "TYPE", "embd",
  "store plain rows of embedding and head as q8_0 or q6_k: a smaller image, other logits")
local SKIP = option("--skip", "skip", "auto|all|none", "skip",
  "leave out what meets zeros: where the facts say that it pays (auto, the default), everywhere, nowhere")
local FACTS = option("--facts", "facts", "FILE", "string", "what tritc scan wrote (default: the folder's own; build makes them)")
local I2S = option("--i2s-layout", "i2s_layout", "x86|arm|sequential", "i2s_layout",
  "how I2_S was packed, if not by a usual writer (x86)")
local TL = option("--tl-config", "tl_config", "setup|preset", "tl_config", "whose tiles a TL1 file has, where bitnet.cpp has two")
local ACT = option("--act", "act", "token|group32", "act",
  "what shares a scale when activations become int8 (default: what the file says, or its formats and architecture)")
local BUILD = {
  TARGET, CTX, EMBD, ACT, SKIP, FACTS, PACKING, BATCH, THREADS,
  option("--embed", "embed", nil, nil, "append the image to the program: one file to copy"),
  option("--static", "static", nil, nil, "link statically: needs nothing on the machine it runs on"),
  option("--unroll", "unroll", "N|full", "unroll", "steps of weights in one straight-line block"),
  option("--chat-template", "chat", "NAME", "string",
    "chat family instead of the recognised one: " .. table.concat(chat.NAMES, " ")),
  PRE, I2S, TL,
  option("--cc", "cc", "CC", "string", "C compiler for the target"),
  option("-o", "output", "DIR", "string", "output folder (default out/<model>-<target>)"),
  DUMP,
}

-- In the order of --help.
cli.commands = {
  { name = "build", operand = "M.gguf", about = "compile a model into a program and its image", options = BUILD },
  { name = "emit", operand = "M.gguf", about = "as build, but stop at C", options = BUILD },
  { name = "plan", operand = "M.gguf", about = "sizes, bytes per token and bounds, from the header alone", options = {
    TARGET, CTX, EMBD, ACT, SKIP, FACTS, PACKING, BATCH, THREADS,
    option("--bandwidth", "bandwidth", "GB/s", "number", "memory bandwidth for the bound on tokens per second"),
    option("--peak", "peak", "GMAC/s", "number", "multiply-adds per second for the bound on prefill; `bench` measures both"),
    option("--memory", "memory", "GB", "number", "memory of the machine that it must fit into"),
    PRE,
    option("--json", "json", nil, nil, "the same as JSON"),
    DUMP,
  } },
  { name = "explain", operand = "DIR", second = "[OP]", options = {},
    about = "a build's ops: bytes, places, functions; or the C and the instructions of one" },
  { name = "report", operand = "DIR", about = "write a build's report.html again, with figures of bench", options = {
    option("--bench", "bench", "FILE", "string", "what `bench --json` of its program wrote"),
  } },
  { name = "scan", operand = "M.gguf", about = "measure what a text leaves out, for builds and plans that skip", options = {
    option("-f", "file", "TEXT", "string", "the text (default: what the model makes of a sentence)"),
    option("-o", "output", "FILE", "string", "the file to write (default facts.lua)"),
    PRE, I2S, TL,
  } },
  { name = "targets", about = "list the targets and boards", options = {} },
  { name = "models", about = "list the known models and what each needs", options = {
    TARGET, option("--json", "json", nil, nil, "the same as JSON"),
  } },
  { name = "synth", operand = "SHAPE", about = "write random weights in a known model's shape", options = {
    option("-o", "output", "M.gguf", "string", "the file to write"),
    option("--layers", "layers", "N", "count", "blocks"),
    option("--embd", "embd", "N", "count", "embedding length"),
    option("--ff", "ff", "N", "count", "feed-forward length"),
    option("--heads", "heads", "N", "count", "attention heads"),
    option("--kv-heads", "kv_heads", "N", "count", "key and value heads"),
    option("--head-dim", "head_dim", "N", "count", "elements of a head"),
    option("--vocab", "vocab", "N", "count", "tokens"),
    option("--ctx", "ctx", "N", "count", "context length"),
    option("--type", "type", "TYPE", "string", "type of embedding and head: f16 f32 bf16 q8_0 q4_0 q6_k q4_k q2_0 q1_0 ..."),
    option("--weights", "weights", "FORMAT", "string", "format of the ternary matrices (default i2_s), see docs/FORMATS.md"),
    option("--uneven", "uneven", nil, nil, "its rows or groups have different scales; where it can, some weights are +2"),
    option("--head", "head", "tied|separate", "string", "whether the file has an output.weight of its own"),
    option("--arch", "arch", "NAME", "string", "architecture name to write"),
    option("--scales", "scales", nil, nil, "write the scale of every matrix once more beside it (architecture bitnet)"),
    option("--rope", "rope", "TYPE", "string", "how positions are scaled: none linear yarn longrope freqs"),
    option("--tokenizer", "tokenizer", "gpt2|llama", "string", "byte-level BPE or SentencePiece"),
    option("--pre", "pre", "NAME", "string", "pre-tokenizer to name in the file"),
    option("--density", "density", "X", "number", "share of the gates above zero (default 0.5)"),
    option("--seed", "seed", "N", "integer", "seed of the weights (default 0)"),
    option("--no-weights", "no_weights", nil, nil, "a hole in the file where the weights would be: enough for a plan"),
    option("--cc", "cc", "CC", "string", "C compiler"),
  } },
  { name = "analyze", operand = "M.gguf", about = "count what the ternary matrices of a model hold", options = {
    option("--json", "json", nil, nil, "the same as JSON"),
    I2S, TL,
    option("--cc", "cc", "CC", "string", "C compiler"),
  } },
  { name = "requantize", operand = "IN.gguf", second = "OUT.gguf", about = "write the same weights in another format, exactly",
    options = {
      option("--to", "to", "FORMAT", "string", "i2_s iq1_bn iq2_bn stq1_0 tq1_0 tq2_0; what it cannot hold exactly is refused"),
      I2S, TL,
      option("--cc", "cc", "CC", "string", "C compiler"),
    } },
  { name = "import", operand = "DIR", about = "convert a Hugging Face checkpoint (safetensors) into a GGUF", options = {
    option("-o", "output", "M.gguf", "string", "the file to write"),
    option("--cc", "cc", "CC", "string", "C compiler"),
  } },
}

local converters = {}

function converters.string(text) return text ~= "" and text or nil end
function converters.integer(text) return text:match("^%d+$") and math.tointeger(tonumber(text)) end

function converters.count(text)
  local n = converters.integer(text)
  return n and n > 0 and n <= 1 << 24 and n or nil
end

function converters.number(text)
  local n = text:match("^%d+%.?%d*$") and tonumber(text)
  return n and n > 0 and n or nil
end

function converters.embd(text) return (text == "q8_0" or text == "q6_k") and text or nil end
function converters.skip(text) return (text == "auto" or text == "all" or text == "none") and text or nil end
function converters.act(text) return (text == "token" or text == "group32") and text or nil end
function converters.unroll(text) return text == "full" and text or converters.count(text) end

function converters.i2s_layout(text) return formats.i2_s.layouts[text] and text end
function converters.tl_config(text) return (text == "setup" or text == "preset") and text or nil end

local function usage(format, ...) fail("E_USAGE", format .. " (see --help)", ...) end

local function find(list, field, name)
  for _, row in ipairs(list) do
    if row[field] == name then return row end
  end
end

-- The value of option `row`, attached to its flag ("--flag=value") or the word after it, and the index of its last word.
local function value_of(row, attached, words, i)
  if not row.value then
    if attached then usage("%s takes no value", row.flag) end
    return true, i
  end
  local text = attached or words[i + 1] or usage("%s needs a value %s", row.flag, row.value)
  local value = converters[row.kind](text)
  if not value then usage("%s '%s' is not a valid %s", row.flag, text, row.value) end
  return value, attached and i or i + 1
end

local function parse_options(command, words)
  local options, i, only_operands = {}, 1, false
  while words[i] do
    local word = words[i]
    local flag, attached = word:match("^(%-%-[%w-]+)=(.*)$")
    local is_flag = not only_operands and word:match("^%-.")
    local row = is_flag and find(command.options, "flag", flag or word)
    if row then
      options[row.key], i = value_of(row, attached, words, i)
    elseif is_flag and (word == "--help" or word == "-h") then
      return { help = true }
    elseif is_flag and word == "--" then
      only_operands = true
    elseif is_flag or not command.operand or options.operand and (options.second or not command.second) then
      usage("%s: unknown argument %s", command.name, word)
    else
      options[options.operand and "second" or "operand"] = word
    end
    i = i + 1
  end
  if command.operand and not options.operand then usage("%s: %s is missing", command.name, command.operand) end
  return options
end

-- words: the program's arguments. Returns the command's row (nil: general help or version wanted) and its options.
function cli.parse(words)
  local name = words[1]
  if not name or name == "--help" or name == "-h" or name == "help" then return nil, { help = true } end
  if name == "--version" then return nil, { version = true } end
  local command = find(cli.commands, "name", name) or usage("no command '%s'", name)
  return command, parse_options(command, table.move(words, 2, #words, 1, {}))
end

-- The operands of a command as its usage shows them.
function cli.operands(command)
  return (command.operand or "") .. (command.second and " " .. command.second or "")
end

-- The text of --help, for one command or for all.
function cli.help(command)
  local rows = {}
  if not command then
    for i, c in ipairs(cli.commands) do rows[i] = { "  " .. c.name, cli.operands(c), c.about } end
    return ("tritc: %s\n\nusage: tritc COMMAND [OPTIONS]\n\n%s\n\n%s\n"):format(cli.ABOUT, table.concat(columns(rows), "\n"),
      "`tritc COMMAND --help` lists the options of a command.")
  end
  for i, o in ipairs(command.options) do rows[i] = { "  " .. o.flag .. (o.value and " " .. o.value or ""), o.help } end
  rows[#rows + 1] = { "  -h, --help", "show this" }
  local words = cli.operands(command)
  return ("usage: tritc %s%s [OPTIONS]\n%s\n\n%s\n"):format(command.name, words ~= "" and " " .. words or "", command.about,
    table.concat(columns(rows), "\n"))
end

return cli
