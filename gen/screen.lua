-- screen.lua: graph -> graph. Gives a head of plain floats its int8 screen, which is scanned in the place of the rows.
-- Requires: kernels chosen. Contracts: docs/NUMERICS.md 8 (the bounds), docs/KERNELS.md 10 (layout and kernel).

local round_up = require("gen.round_up")

local GROUP = 64              -- rows side by side
local TAIL_BYTES = 16 * GROUP -- behind a group: scale, error, size (f32) and sum (i32) of each row
local HEAD_BYTES = 64         -- before the first group: the largest size (f32)
local LIMB_MAX = 8191         -- two limbs of 7 bits with an offset of 8192
local TOP_MAX = 1024          -- largest top-k that is screened: one row of so many floats per thread, twice

-- q8_0 and q6_k rows have no more bytes than a screen of them.
local SCREENED = { f16 = true, bf16 = true, f32 = true }

local function make(target, w)
  local template = target.screen.template
  local family, k_pad = template:match("screen_(.*)"), round_up(w.k, 16)
  local groups = round_up(w.rows, GROUP) // GROUP
  local screen = {
    name = ("screen_%s_k%d"):format(family, w.k), file = ("kernels-screen-%s-k%d"):format(family, w.k), template = template,
    common = target.screen.common, lanes = target.screen.lanes,
    k = w.k, k_pad = k_pad, group = GROUP, groups = groups, group_bytes = GROUP * k_pad + TAIL_BYTES,
    h_max = math.min(LIMB_MAX, (2 ^ 31 - 1) // (127 * w.k) | 0),
    roundings = k_pad // 16 + 5, top_max = TOP_MAX,
  }
  assert(127 * w.k * screen.h_max < 2 ^ 31 and screen.h_max > 0, "screen bound")
  screen.bytes = HEAD_BYTES + groups * screen.group_bytes
  return screen
end

return function(g)
  for _, op in ipairs(g.ops) do
    if op.op == "head" and SCREENED[op.weight.stored.name] then op.screen = make(g.target, op.weight) end
  end
  return g
end
