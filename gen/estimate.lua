-- estimate.lua: what a planned graph will need beside the constants of its program: memory in use, disk, time to build, and the
-- bounds of its speed. Every assumption is here, with what it was measured on; `plan` prints them.

local emit_build = require("gen.emit_build")
local ops = require("gen.ops")
local report_skip = require("gen.report_skip")

local estimate = {}

local PAGE = 4096
-- Of a program: its code, the C library's and its static tables, as far as a decode touches them. Measured on x86-64 with
-- glibc 2.36, ten times each, in a program of a page that embeds the model: 1.96 to 2.06 MB with one thread, 2.07 to 2.22 with
-- two, for the system maps more or less around what is touched.
local PROGRAM_BYTES = 2080000
-- Of a build, measured with gcc 12 on two cores of a virtual Xeon (Sapphire Rapids).
local START_SECONDS, KERNEL_SECONDS, PACK_RATE = 2, 1, 150e6
local FOLDER_BYTES = 3000000         -- C, objects, programs

local BANDWIDTH = 10.0               -- GB/s: a Raspberry Pi 5
local PEAK = 75.0                    -- GMAC/s: the same, four cores at 2.4 GHz and one smlal of 8 each cycle

-- GB/s: given, the board's, or assumed; and where the figure is from, for people.
function estimate.bandwidth(board, given)
  if given then return given + 0.0, "" end
  if board and board.bandwidth then return board.bandwidth, (" (%s: %s)"):format(board.name, board.source) end
  return BANDWIDTH, " (assumed; a Raspberry Pi 5; --bandwidth says otherwise)"
end

-- GMAC/s of all threads: given or assumed; and where the figure is from.
function estimate.peak(given)
  if given then return given + 0.0, "" end
  return PEAK, " (assumed; four cores of a Raspberry Pi 5; --peak says otherwise)"
end

-- Bytes of the arena that only a thread at work touches.
local function bytes_of_thread(g)
  local group, screen = 0, g.ops[#g.ops].screen
  for _, op in ipairs(g.ops) do
    if op.op == "attention" then group = math.max(group, ops.attention.tokens * (op.heads // op.heads_kv)) end
  end
  return g.arena.scratch_stride + group * g.arena.scores_stride + (screen and 2 * 4 * screen.top_max or 0)
end

-- Bytes of the image that are read row by row, here and there: the embedding, and a head behind a screen.
local function bytes_of_rows(g)
  local last, bytes = g.ops[#g.ops], 0
  for _, e in ipairs(g.image.entries) do
    local whole = last.op == "head" and not last.screen and e == last.weight.entry
    if e.kind == "rows" and not whole then bytes = bytes + e.bytes end
  end
  return bytes
end

-- Bytes of the arena that a choice behind a screen leaves alone: all logits, and the list of all ids.
local function bytes_of_full_choice(g)
  local last = g.ops[#g.ops]
  return last.screen and (4 + 8) * last.weight.rows or 0
end

-- What a decode at full context has in memory: { bytes, thread, rows }; bytes: with all threads at work; thread: less for each
-- that is idle; rows: beside it, those of the image that are read one by one. The gap between the header's page of the image and
-- its first tensor is never read.
function estimate.memory(g)
  local gap, rows = g.image.entries[1].offset - PAGE, bytes_of_rows(g)
  local arena = g.arena.bytes - bytes_of_full_choice(g)
  return { bytes = g.image.bytes - gap - rows + arena + PROGRAM_BYTES, thread = bytes_of_thread(g), rows = rows }
end

-- What a build takes beside the GGUF: { seconds, disk (bytes), basis (in words) }.
function estimate.build(g)
  return {
    seconds = START_SECONDS + KERNEL_SECONDS * #g.kernels + g.image.bytes / PACK_RATE,
    disk = g.image.bytes + FOLDER_BYTES,
    basis = ("%d s, %d s per kernel, %d MB/s of packing, as gcc 12 and two cores of a Xeon took"):format(START_SECONDS,
      KERNEL_SECONDS, PACK_RATE / 1e6),
  }
end

-- bandwidth in GB/s, peak in GMAC/s. Tokens per second at most: { decode (at position 0), full (at the last position), prefill },
-- and of bytes: touched, what a decode at position 0 reads where zeros are skipped; bytes_full, what one at the last position
-- reads of everything. Decode reads, prefill of a batch multiplies; the head once.
function estimate.bounds(g, bandwidth, peak)
  local costs = emit_build.costs(g)
  local cache, touched = g.arena.kv_bytes * (g.sizes.ctx - 1) // g.sizes.ctx, report_skip.touched(g, costs.bytes)
  return {
    touched = touched, bytes_full = costs.bytes + cache,
    decode = bandwidth * 1e9 / touched, full = bandwidth * 1e9 / (touched + cache),
    prefill = peak * 1e9 / (costs.macs - costs.head.macs),
  }
end

return estimate
