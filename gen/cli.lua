-- cli.lua: the command line: one table of commands and options, parsed strictly; --help is printed from the same table.

local fail = require("gen.fail")

local cli = { VERSION = "0.1.0" }

-- An option: flag, key of the parsed table, what its value is called (nil: a switch), kind of value, help.
local function option(flag, key, value, kind, help)
  return { flag = flag, key = key, value = value, kind = kind, help = help }
end

local TARGET = option("--target", "target", "NAME", "string", "target CPU; `native`, the default, is the best this machine can run")
local CTX = option("--ctx", "ctx", "N", "count", "positions of the context (default: the model's own, at most 4096)")
local DUMP = option("--dump", "dump", "PASS", "string", "print the graph after a pass: build fuse choose schedule plan image")
local BUILD = {
  TARGET, CTX,
  option("--batch", "batch", "N", "count", "most tokens evaluated at once (default 128)"),
  option("--threads", "threads", "N", "count", "most threads the program can use (default 64)"),
  option("--embed", "embed", nil, nil, "append the image to the program: one file to copy"),
  option("--static", "static", nil, nil, "link statically: needs nothing on the machine it runs on"),
  option("--unroll", "unroll", "N|full", "unroll", "steps of 16 weights in one straight-line block"),
  option("--chat-template", "chat", "NAME", "string", "chat family instead of the recognised one: bitnet llama3 plain"),
  option("--cc", "cc", "CC", "string", "C compiler for the target"),
  option("-o", "output", "DIR", "string", "output folder (default out/<model>-<target>)"),
  DUMP,
}

-- In the order of --help.
cli.commands = {
  { name = "build", operand = "M.gguf", about = "compile a model into a program and its image", options = BUILD },
  { name = "emit", operand = "M.gguf", about = "as build, but stop at C", options = BUILD },
  { name = "plan", operand = "M.gguf", about = "sizes, bytes per token and bounds, from the header alone", options = {
    TARGET, CTX, BUILD[3], BUILD[4],
    option("--bandwidth", "bandwidth", "GB/s", "number", "memory bandwidth for the bound on tokens per second"),
    option("--json", "json", nil, nil, "the same as JSON"),
    DUMP,
  } },
  { name = "targets", about = "list the targets", options = {} },
  { name = "models", about = "list the known models", options = {} },
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
    option("--type", "type", "TYPE", "string", "type of embedding and head: f16 f32 bf16 q8_0 q6_k"),
    option("--head", "head", "tied|separate", "string", "whether the file has an output.weight of its own"),
    option("--arch", "arch", "NAME", "string", "architecture name to write"),
    option("--pre", "pre", "NAME", "string", "pre-tokenizer to name in the file"),
    option("--density", "density", "X", "number", "share of the gates above zero (default 0.5)"),
    option("--seed", "seed", "N", "integer", "seed of the weights (default 0)"),
    option("--cc", "cc", "CC", "string", "C compiler"),
  } },
}

local converters = {}

function converters.string(text) return text end
function converters.integer(text) return text:match("^%d+$") and math.tointeger(tonumber(text)) end

function converters.count(text)
  local n = converters.integer(text)
  return n and n > 0 and n <= 1 << 24 and n or nil
end

function converters.number(text)
  local n = text:match("^%d+%.?%d*$") and tonumber(text)
  return n and n > 0 and n or nil
end

function converters.unroll(text) return text == "full" and text or converters.count(text) end

local function usage(format, ...) fail("E_USAGE", format .. " (see --help)", ...) end

local function find(list, field, name)
  for _, row in ipairs(list) do
    if row[field] == name then return row end
  end
end

-- "--flag=value" as its two words; everything else as it is.
local function split_words(words)
  local list = {}
  for _, word in ipairs(words) do
    local flag, value = word:match("^(%-%-[%w-]+)=(.*)$")
    list[#list + 1] = flag or word
    if flag then list[#list + 1] = value end
  end
  return list
end

local function parse_options(command, words)
  local options, i = {}, 1
  while words[i] do
    local word = words[i]
    local row = find(command.options, "flag", word)
    if word == "--help" or word == "-h" then return { help = true } end
    if row and row.value then
      local text = words[i + 1] or usage("%s needs a value %s", word, row.value)
      options[row.key] = converters[row.kind](text) or usage("%s %s is not a valid %s", word, text, row.value)
      i = i + 1
    elseif row then
      options[row.key] = true
    elseif word:match("^%-.") or options.operand or not command.operand then
      usage("%s: unknown argument %s", command.name, word)
    else
      options.operand = word
    end
    i = i + 1
  end
  if command.operand and not options.operand then usage("%s: %s is missing", command.name, command.operand) end
  return options
end

-- words: the program's arguments. Returns the command's row (nil: general help or version wanted) and its options.
function cli.parse(words)
  words = split_words(words)
  local name = words[1]
  if not name or name == "--help" or name == "-h" or name == "help" then return nil, { help = true } end
  if name == "--version" then return nil, { version = true } end
  local command = find(cli.commands, "name", name) or usage("no command '%s'", name)
  return command, parse_options(command, table.move(words, 2, #words, 1, {}))
end

-- The text of --help, for one command or for all.
function cli.help(command)
  local lines = {}
  if not command then
    lines[1] = "tritc: a static-graph compiler for ternary language models\n\nusage: tritc COMMAND [OPTIONS]\n"
    for _, c in ipairs(cli.commands) do lines[#lines + 1] = ("  %-8s %-8s %s"):format(c.name, c.operand or "", c.about) end
    lines[#lines + 1] = "\n`tritc COMMAND --help` lists the options of a command."
    return table.concat(lines, "\n") .. "\n"
  end
  lines[1] = ("usage: tritc %s%s [OPTIONS]\n%s\n"):format(command.name, command.operand and " " .. command.operand or "", command.about)
  for _, o in ipairs(command.options) do
    lines[#lines + 1] = ("  %-24s %s"):format(o.flag .. (o.value and " " .. o.value or ""), o.help)
  end
  return table.concat(lines, "\n") .. "\n"
end

return cli
