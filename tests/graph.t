#!/usr/bin/env lua5.4
-- graph.t: the passes between model and C: verify, fuse, schedule, plan, image.
-- Judges: hand-made graphs with known answers, and tests/races.lua, which plays the threads of real graphs element by element.

package.path = "./?.lua;" .. package.path
local archs = require("tests.archs")
local choose = require("gen.choose")
local fuse = require("gen.fuse")
local gguf = require("gen.gguf")
local graph = require("gen.graph")
local image = require("gen.image")
local model = require("gen.model")
local plan = require("gen.plan")
local programs = require("tests.programs")
local races = require("tests.races")
local schedule = require("gen.schedule")
local screen = require("gen.screen")
local skip = require("gen.skip")
local t = require("tests.tap")
local target = require("gen.target")
local vocab = require("gen.vocab")

-- ---- hand-made graphs: rows 64 wide, 4 heads of 16, unless said otherwise ----

local function op(name, out, ins, more)
  local row = { op = name, out = out, ins = ins }
  for key, value in pairs(more or {}) do row[key] = value end
  return row
end
local function matrix(k, rows) return { weight = { name = "w", k = k or 64, rows = rows or k or 64 } } end
local function cut(heads, head_dim, heads_kv)
  return { heads = heads or 4, head_dim = head_dim or 16, heads_kv = heads_kv or heads or 4 }
end
local function embed(out, n) return op("embed", out, {}, matrix(n)) end
local function rms(x, out, n) return op("rms", out, { x }, matrix(n)) end
local function quant(x, out) return op("quant", out, { x }) end
local function matmul(x, out, n, rows) return op("matmul", out, { x }, matrix(n, rows)) end
local function add(x, y) return op("add", x, { x, y }) end
local function rope(x, heads, head_dim) return op("rope", x, { x }, cut(heads, head_dim)) end
local function head_rms(x, n) return op("head_rms", x, { x }, { heads = 4, head_dim = 16, weight = { name = "w", k = n } }) end
local function store(x, out, heads, head_dim) return op("store", out, { x }, cut(heads, head_dim)) end
local function attention(q, k, out, heads_kv) return op("attention", out, { q, k, k }, cut(4, 16, heads_kv)) end
local function head(x, n) return op("head", "logits", { x }, matrix(n, 100)) end

local function graph_of(ops) return graph.verify({ ops = ops, values = {}, params = {} }) end

-- ---- verify ----

local function refused(ops, want)
  local ok, e = pcall(graph_of, ops)
  t.is(ok and "no error" or type(e) == "table" and e.name .. ": " .. e.message or e, want, "verify: " .. want)
end

refused({ embed("x"), add("x", "y") }, "E_INTERNAL: op 2 (add) reads y before it is written")
refused({ quant("x", "q"), embed("x") }, "E_INTERNAL: op 1 (quant) reads x before it is written")
refused({ embed("x"), embed("x") }, "E_INTERNAL: op 2 (embed) writes x a second time")
refused({ op("sort", "x", {}) }, "unknown op sort")
refused({ embed("x"), rms("x", "y", 32) }, "op rms -> y: norm length")
refused({ embed("x"), matmul("x", "y") }, "op matmul -> y: input is not quantised")
refused({ embed("x"), quant("x", "q"), matmul("q", "y", 32, 64) }, "op matmul -> y: inner dimension")
refused({ embed("x"), embed("y", 32), add("x", "y") }, "op add -> x: inputs differ in length")
refused({ embed("x", 60), rope("x") }, "op rope -> x: heads")
refused({ embed("x", 60), rope("x", 4, 15) }, "op rope -> x: heads")
refused({ embed("x", 60), head_rms("x", 16) }, "op head_rms -> x: heads")
refused({ embed("x"), head_rms("x", 64) }, "op head_rms -> x: norm length")
refused({ embed("x"), embed("y", 32), op("add_scaled", "x", { "x", "y" }) }, "op add_scaled -> x: inputs differ in length")
refused({ embed("x", 60), store("x", "k") }, "op store -> k: heads")
refused({ embed("q"), embed("y", 16), store("y", "k", 1), attention("q", "k", "a", 2) }, "op attention -> a: cache")
refused({ embed("q"), embed("y", 48), store("y", "k", 3), attention("q", "k", "a", 3) }, "op attention -> a: heads")
refused({ embed("x"), head("x", 32) }, "op head -> logits: head width")
local good = graph_of({ embed("x"), quant("x", "q"), matmul("q", "y", 64, 96) })
t.is(graph.dump(good), table.concat({
  "  1  x          f32[64]     = embed                               w",
  "  2  q          q8[64]      = quant      x",
  "  3  y          f32[96]     = matmul     q                        w\n" }, "\n"), "dump: one op per line, with types and lengths")

-- ---- fuse ----

local function fused(...)
  local names = {}
  for i, row in ipairs(fuse(graph_of({ ... })).ops) do names[i] = row.op end
  return table.concat(names, " ")
end
t.is(fused(embed("x"), rms("x", "h"), quant("h", "q")), "embed rms_quant", "fuse: quant(rms(x))")
t.is(fused(embed("x"), rms("x", "h"), quant("h", "q"), add("x", "h")), "embed rms quant add", "fuse: not where others read the norm")
t.is(fused(embed("x"), rms("x", "h"), quant("x", "q")), "embed rms quant", "fuse: not what is only beside it")

-- ---- schedule: the values written, "|" where all threads meet before, ":" where they do for a batch ----

local function scheduled(name, want, ...)
  local words = {}
  for i, row in ipairs(schedule(graph_of({ ... })).ops) do words[i] = (row.barrier and (row.barrier == "batch" and ": " or "| ") or "") .. row.out end
  t.is(table.concat(words, " "), want, "schedule: " .. name)
end
scheduled("tokens after tokens need no barrier", "x h", embed("x"), rms("x", "h"))
scheduled("a copy needs the whole of its input", "x | q", embed("x"), quant("x", "q"))
scheduled("columns after copies need one for a batch; columns after columns do not", "x | q : y y", embed("x"), quant("x", "q"), matmul("q", "y"),
  add("y", "x"))
scheduled("one barrier serves two values", "x | q : y z | y k", embed("x"), quant("x", "q"), matmul("q", "y"), matmul("q", "z"),
  rope("y"), store("z", "k"))
scheduled("another number of heads is another split", "x | x k | v", embed("x"), rope("x"), store("x", "k"), store("x", "v", 2, 32))
scheduled("attention reads what every thread stored", "x q | k | a", embed("x"), embed("q"), store("x", "k"),
  attention("q", "k", "a"))
scheduled("scaling an embedding is of its split", "x x | q", embed("x"), op("scale", "x", { "x" }), quant("x", "q"))
scheduled("norming a head is of rotation's", "x | x x", embed("x"), head_rms("x", 16), rope("x"))
scheduled("tokens after columns", "x y | q : z z | h", embed("x"), embed("y"), quant("y", "q"), matmul("q", "z"), add("z", "x"),
  rms("z", "h"))
scheduled("a write waits for readers of two splits", "x | k v | x", embed("x"), store("x", "k"), store("x", "v", 2, 32), rope("x"))
scheduled("a write waits for those who still read", "x g | g | x | g", embed("x"), embed("g"), rope("g"), add("x", "g"), rope("g"))

-- ---- whole graphs ----

local function compile(path, target_name, sizes, skips)
  local params = model.load(gguf.read(path))
  local section = vocab.build(params.gguf.kv, params.n_vocab, params.gguf.name).section
  local t_facts = target.load(".", target_name)
  local g = graph.verify(fuse(graph.verify(graph.build(params, params.build_graph))))
  g = graph.verify(skip.run(g, function() return skips, skips end))
  return image(plan(schedule(screen(choose(g, t_facts, {}))), sizes), #section), t_facts
end

local function without_barrier(g, row)
  local barrier = row.barrier
  row.barrier = nil
  local found = races.find(g)
  row.barrier = barrier
  return found
end

local function check_threads(name, g)
  t.is(races.find(g) or "none", "none", name .. ": no thread touches what another may be writing")
  local needless
  for i, row in ipairs(g.ops) do
    if row.barrier and row.op ~= "head" and not without_barrier(g, row) then needless = ("op %d, %s"):format(i, row.out) end
  end
  t.is(needless or "none", "none", name .. ": without any one barrier there is a race")
end

local MODELS = { "models/shakespeare.gguf", programs.synth("toy-odd", "toy", "--ff 260 --seed 1"),
  programs.synth("toy-q80", "toy", "--heads 8 --kv-heads 1 --head-dim 20 --type q8_0 --seed 3") }
for _, arch in ipairs(archs) do
  if arch[1] == "minicpm" or arch[1] == "gemma3" then
    table.insert(MODELS, programs.synth("arch-" .. arch[1], arch[2], arch[3]))
  end
end
local SIZES = {
  { ctx = 1, batch = 1, threads = 1 }, { ctx = 100, batch = 7, threads = 3 }, { ctx = 128, batch = 128, threads = 256 },
}
for _, path in ipairs(MODELS) do
  for _, target_name in ipairs(target.names(".")) do
    local name = ("%s, %s"):format(path:match("([^/]*)%.gguf"), target_name)
    for i, sizes in ipairs(SIZES) do
      local g = compile(path, target_name, sizes, i ~= 2)
      if i == 1 then check_threads(name, g) end
      local where = ("%s, context %d, batch %d, %d threads"):format(name, sizes.ctx, sizes.batch, sizes.threads)
      t.is(races.overlap(g) or "none", "none", where .. ": no two values that live at once share bytes")
      t.is(races.misplaced(g) or "none", "none", where .. ": every value fits, aligned, inside the arena")
      t.is(races.image_fault(g) or "none", "none", where .. ": image entries fit, aligned, apart")
    end
  end
end

-- The judges can fail.
local broken = compile(MODELS[1], "scalar", SIZES[2])
broken.values["l0.k"].offset = broken.values["l0.q"].offset
t.ok(races.overlap(broken), "two values moved together are found")
broken.values["l0.k"].offset = broken.arena.bytes
t.ok(races.misplaced(broken), "a value moved out of the arena is found")
broken.image.entries[2].offset = broken.image.entries[1].offset + 64
t.ok(races.image_fault(broken), "an image entry moved into another is found")
t.done()
