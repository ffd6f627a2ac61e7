-- report_plan.lua: the text and the JSON of `tritc plan`; and of a file that cannot be planned, what its header told.

local emit_build = require("gen.emit_build")
local estimate = require("gen.estimate")
local fits = require("gen.fits")
local json = require("gen.json")
local model = require("gen.model")
local packings = require("gen.packings")
local report_skip = require("gen.report_skip")
local round_up = require("gen.round_up")

local report_plan = {}

local function mega(bytes) return ("%.2f MB"):format(bytes / 1e6) end

-- Bytes in the image of the entries of these kinds.
local function image_bytes(g, ...)
  local wanted, bytes = {}, 0
  for _, kind in ipairs { ... } do wanted[kind] = true end
  for _, e in ipairs(g.image.entries) do bytes = bytes + (wanted[e.kind] and e.bytes or 0) end
  return bytes
end

local function weights_line(g)
  local packing = g.packing.name
  return ("weights  %s of ternary matrices (%s, %s bits), %s of norms and scales"):format(
    mega(image_bytes(g, "matrix", "groups")), packing, packings[packing].bits, mega(image_bytes(g, "norm", "scales")))
end

local function head_line(g)
  local last, costs = g.ops[#g.ops], emit_build.costs(g)
  if last.op ~= "head" then return "head     none: a model for embeddings" end
  local rows = ("%s of %s, %s"):format(mega(last.weight.entry.bytes), emit_build.rows_text(g),
    last.weight.name == "token_embd.weight" and "which is the embedding too" or "beside the embedding")
  return "head     " .. (last.screen and ("%s of int8 in front of "):format(mega(costs.head.bytes)) or "") .. rows
end

local function memory_line(g, memory)
  return ("memory   %s with all of %d threads, %.1f KB less for each that is idle: image (mapped), arena, program%s"):format(
    mega(memory.bytes), g.sizes.threads, memory.thread / 1e3,
    memory.rows > 0 and ("; beside it single rows of %s"):format(mega(memory.rows)) or "")
end

-- For people.
local function text(g, figures)
  local p, costs, bounds, build = g.params, figures.costs, figures.bounds, figures.build
  local lines = {
    ("model    %s (%s), identity %s"):format(p.name, p.arch, p.gguf.hash),
    ("target   %s: %s"):format(g.target.name, g.target.about),
    weights_line(g),
    head_line(g),
    ("arena    %s, of these %s cache for %d positions"):format(mega(g.arena.bytes), mega(g.arena.kv_bytes), g.sizes.ctx),
    memory_line(g, figures.memory),
    ("decode   %s and %.1f million multiply-adds per token; %s at position %d"):format(mega(costs.bytes), costs.macs / 1e6,
      mega(bounds.bytes_full), g.sizes.ctx - 1),
    ("skips    %s: %s per token"):format(report_skip.summary(g), mega(bounds.touched)),
    ("bound    %.1f tokens per second at %.1f GB/s%s"):format(bounds.decode, figures.bandwidth, figures.bandwidth_source),
    ("         %.1f at position %d"):format(bounds.full, g.sizes.ctx - 1),
    ("prefill  %.1f tokens per second at %.1f GMAC/s%s"):format(bounds.prefill, figures.peak, figures.peak_source),
    ("build    about %.0f s (%s)"):format(build.seconds, build.basis),
    ("disk     %s beside the file, of these %s image"):format(mega(build.disk), mega(g.image.bytes)),
    "fits     " .. figures.fits_text,
  }
  if p.gguf.missing > 0 then
    table.insert(lines, 3, ("file     %s of %s are here; the header is complete, the rest is data"):format(
      mega(p.gguf.file_size - p.gguf.missing), mega(p.gguf.file_size)))
  end
  return table.concat(lines, "\n") .. "\n"
end

-- The plan of a graph after all passes. options: bandwidth (GB/s), peak (GMAC/s), memory (GB), json.
function report_plan.text(g, options)
  local f = { costs = emit_build.costs(g), memory = estimate.memory(g), build = estimate.build(g) }
  f.bandwidth, f.bandwidth_source = estimate.bandwidth(g.target.board, options.bandwidth)
  f.peak, f.peak_source = estimate.peak(options.peak)
  f.bounds = estimate.bounds(g, f.bandwidth, f.peak)
  f.fits, f.fits_text = fits.memory(g.target, f.memory.bytes + f.memory.rows, options.memory)
  if not options.json then return text(g, f) end
  return json.object {
    { "model_hash", g.params.gguf.hash }, { "target", g.target.name }, { "ctx", g.sizes.ctx },
    { "image_bytes", g.image.bytes }, { "arena_bytes", g.arena.bytes }, { "kv_bytes", g.arena.kv_bytes },
    { "matrix_bytes", image_bytes(g, "matrix") }, { "head_bytes", f.costs.head.bytes },
    { "memory_bytes", f.memory.bytes }, { "memory_bytes_per_thread", f.memory.thread }, { "rows_bytes", f.memory.rows },
    { "bytes_per_token", f.costs.bytes }, { "touched_bytes_per_token", f.bounds.touched },
    { "bytes_per_token_full", f.bounds.bytes_full }, { "macs_per_token", f.costs.macs },
    { "bandwidth_gb_per_second", f.bandwidth }, { "tokens_per_second_bound", f.bounds.decode },
    { "tokens_per_second_bound_full", f.bounds.full },
    { "peak_gmac_per_second", f.peak }, { "prefill_tokens_per_second_bound", f.bounds.prefill },
    { "build_seconds", f.build.seconds + 0.0 }, { "disk_bytes", f.build.disk }, { "missing_bytes", g.params.gguf.missing },
    { "fits", f.fits == nil and json.null or f.fits },
  }
end

-- ---- a file that cannot be planned ----

-- What the parameters alone tell: lines of text.
local function parameter_lines(arch, p)
  local weights = 0
  p.n_vocab = 0                       -- stands in the tensors: rows of the embedding are not counted
  for _, t in ipairs(model.tensors(arch, p)) do
    if t.class == "ternary" then weights = weights + t.shape[1] * t.shape[2] end
  end
  local cache = 2 * p.n_layer * p.n_head_kv * round_up(p.head_dim, 16) * 2
  return {
    ("sizes    %d layers, embedding %d, feed-forward %d, %d heads of %d, %d of keys and values, context %d"):format(p.n_layer,
      p.n_embd, p.n_ff, p.n_head, p.head_dim, p.n_head_kv, p.n_ctx_train),
    ("weights  %.1f million in ternary matrices: %s with two bits each"):format(weights / 1e6, mega(weights / 4)),
    ("cache    %.1f KB per position"):format(cache / 1e3),
  }
end

-- What is known of a header that gguf.read has begun to fill; "" where that is nothing.
function report_plan.facts(header)
  if not header.kv then return "" end
  local lines = { ("file     GGUF %d, %d of %d keys and %s %d tensors read"):format(header.version, #header.kv_order, header.n_kv,
    header.tensors and "all" or "none of", header.n_tensors) }
  local arch = header.kv["general.architecture"]
  if arch and arch.type == "string" then
    lines[2] = "arch     " .. arch.value:gsub("[^ -~]", "?"):sub(1, 64)
    local known, p = pcall(model.params, header)
    if known then table.move(parameter_lines(arch.value, p), 1, 3, 3, lines) end
  end
  return table.concat(lines, "\n") .. "\n"
end

return report_plan
