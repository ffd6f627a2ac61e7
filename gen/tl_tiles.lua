-- tl_tiles.lua: the tiles in which TL1 and TL2 store a matrix, which no file says: they are constants of the kernels that
-- bitnet.cpp generated for three models. Source: its setup_env.py, utils/codegen_tl1.py and codegen_tl2.py, preset_kernels/.

local fail = require("gen.fail")

-- Rows x k of a matrix -> rows and k of a tile, and the rows that TL1 interleaves (TL2: always 32). `preset`: of the preset
-- kernels, where they differ from what setup_env.py generates.
local TL1 = {
  ["1536x4096"] = { setup = { 256, 128, 32 } },
  ["1536x1536"] = { setup = { 128, 64, 64 } },
  ["4096x1536"] = { setup = { 256, 128, 32 }, preset = { 256, 128, 64 } },
  ["3200x8640"] = { setup = { 160, 64, 32 } },
  ["3200x3200"] = { setup = { 320, 128, 64 } },
  ["8640x3200"] = { setup = { 320, 64, 32 } },
  ["14336x4096"] = { setup = { 256, 128, 32 }, preset = { 256, 128, 64 } },
  ["4096x14336"] = { setup = { 128, 64, 64 }, preset = { 256, 128, 32 } },
  ["1024x4096"] = { setup = { 256, 128, 32 }, preset = { 128, 64, 64 } },
  ["4096x4096"] = { setup = { 128, 64, 64 }, preset = { 128, 64, 32 } },
}

local TL2 = {
  ["1536x4096"] = { setup = { 256, 96, 32 } },
  ["1536x1536"] = { setup = { 128, 192, 32 } },
  ["4096x1536"] = { setup = { 256, 96, 32 } },
  ["3200x8640"] = { setup = { 160, 96, 32 } },
  ["3200x3200"] = { setup = { 320, 96, 32 } },
  ["8640x3200"] = { setup = { 320, 96, 32 } },
  ["14336x4096"] = { setup = { 256, 96, 32 } },
  ["4096x14336"] = { setup = { 128, 96, 32 } },
  ["1024x4096"] = { setup = { 256, 96, 32 } },
  ["4096x4096"] = { setup = { 128, 96, 32 } },
}

local tables = { tl1 = TL1, tl2 = TL2 }

-- The tile { rows, k, interleaved rows } of a matrix of format tl1 or tl2. config: of --tl-config, nil, "setup" or "preset".
-- what: for E_MODEL_TYPE, if the shape is not known, or has two tiles and config does not say which.
return function(format, rows, k, config, what)
  local known = tables[format][("%dx%d"):format(rows, k)]
  if not known then
    fail("E_MODEL_TYPE", "%s: the tiles of %s are not in the file, and bitnet.cpp has none for %d rows of %d", what, format,
      rows, k)
  elseif known.preset and not config then
    fail("E_MODEL_TYPE", "%s: bitnet.cpp has two tiles of %s for %d rows of %d: say --tl-config setup, for what setup_env.py "
      .. "made, or preset", what, format, rows, k)
  end
  return config == "preset" and known.preset or known.setup
end
