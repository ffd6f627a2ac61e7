-- scales.lua: what the plan must know of the data of ternary matrices: is one scale enough for one, does it hold weights of +2.

local ask_matrices = require("gen.ask_matrices")
local formats = require("gen.formats")
local read_matrices = require("gen.read_matrices")

local scales = {}

-- Ternary matrices of model m (gen/model.lua) as their data is: `scale_per`, "row" or a number of columns as the format has it,
-- becomes "tensor" where all scales are equal; those that are 0 do not count, for then the weights can be 0 themselves, but in
-- formats that cannot hold that. `plus_two` becomes false where no code is 3. options: i2s_layout and tl_config.
function scales.find(root, m, options)
  local list = {}
  for _, t in ipairs(read_matrices.list(m)) do
    if t.scale_per ~= "tensor" or t.plus_two then list[#list + 1] = t end
  end
  if #list == 0 then return end
  for i, answer in ipairs(ask_matrices(root, m, list, "scales", nil, options)) do
    local t, same, zero, three = list[i], table.unpack(answer)
    if same == 1 and not (formats[t.type].packing and zero == 1) then t.scale_per = "tensor" end
    t.plus_two = three == 1
  end
end

return scales
