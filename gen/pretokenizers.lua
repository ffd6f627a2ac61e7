-- pretokenizers.lua: the known values of tokenizer.ggml.pre, one row each.
-- Adding one is adding a row; a new step is a name here and a function in runtime/tok_pre.c.

-- Steps in the order of enum tok_step in runtime/tok_section.h. Each splits every chunk of the step
-- before it: what its expression matches and what lies between become the new chunks.
local STEPS = {
  "PUNCT_RUN",    -- [\p{P}\$\+<=>\^~\|]+
  "GPT2",         -- 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)
  "NUMBER_RUN",   -- \p{N}+
  "DIGITS3",      -- [0-9][0-9][0-9]
  "LLAMA3",       -- (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}
                  -- | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
}

-- ignore_merges: a piece that is a token is that token, whatever the merges say.
-- add_bos: what holds where tokenizer.ggml.add_bos_token is missing.
local ROWS = {
  { names = { "llama-bpe", "llama3", "llama-v3" }, steps = { "LLAMA3" },
    ignore_merges = true, add_bos = true },
  { names = { "default" }, steps = { "PUNCT_RUN", "GPT2", "NUMBER_RUN", "DIGITS3" },
    ignore_merges = false, add_bos = false },
}

local number_of = {}
for number, name in ipairs(STEPS) do number_of[name] = number end

-- Rows by name, their steps as numbers.
local pretokenizers = {}
for _, row in ipairs(ROWS) do
  for i, name in ipairs(row.steps) do row.steps[i] = number_of[name] end
  for _, name in ipairs(row.names) do pretokenizers[name] = row end
end

return pretokenizers
