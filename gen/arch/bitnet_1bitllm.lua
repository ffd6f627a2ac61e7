-- arch/bitnet_1bitllm.lua: 1bitLLM's bitnet_b1_58-large, -xl and -3B: the graph of bitnet.lua with SiLU.
-- Some converters leave weights of -1, 0, 1 and write each matrix's scale beside it (bitnet.cpp's llama.cpp, build_bitnet).

local bitnet = require("gen.arch.bitnet")

local bitnet_1bitllm = {}

bitnet_1bitllm.names = { "bitnet" }
bitnet_1bitllm.rope_pairs = "neox"
bitnet_1bitllm.activation = "silu"
bitnet_1bitllm.graph = bitnet.graph

function bitnet_1bitllm.tensors(p)
  local list = bitnet.tensors(p)
  for i = 1, #list do
    if list[i].class == "ternary" then
      list[#list + 1] = { name = list[i].name:gsub("weight$", "scale"), class = "factor", shape = { 1 }, optional = true }
    end
  end
  return list
end

return bitnet_1bitllm
