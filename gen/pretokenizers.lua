-- pretokenizers.lua: the known values of tokenizer.ggml.pre, one row each. Source: llama.cpp, llama-vocab.cpp.
-- Adding one is adding a row; a new step is a name here and a function in runtime/tok_pre.c.

-- Steps in the order of enum tok_step in runtime/tok_section.h. Each splits every chunk of the step
-- before it: what its expression matches and what lies between become the new chunks.
local STEPS = {
  "PUNCT_RUN",       -- [\p{P}\$\+<=>\^~\|]+
  "GPT2",            -- 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)
  "NUMBER_RUN",      -- \p{N}+
  "DIGITS3",         -- [0-9][0-9][0-9]
  "LLAMA3",          -- (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}
                     -- | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
  "PUNCT_TICK_RUN",  -- [\p{P}\$\+<=>\^~\|`]+
  "NUMBER",          -- \p{N}
  "DIGIT",           -- [0-9]
  "QWEN2",           -- as LLAMA3, with \p{N} in place of \p{N}{1,3}
  "WORD",            -- [ \u2581]*[^ \u2581]+, of SentencePiece: gen/vocab_spm.lua says when
}

-- ignore_merges: a piece that is a token is that token, whatever the merges say.
-- add_bos: what holds where tokenizer.ggml.add_bos_token is missing.
-- clean_spaces: `tokenize --decode --clean` takes away spaces before punctuation and contractions.
-- also: the name of a second reading of the same name.
local ROWS = {
  { names = { "default" }, steps = { "PUNCT_RUN", "GPT2", "NUMBER_RUN", "DIGITS3" }, clean_spaces = true },
  { names = { "llama-bpe", "llama3", "llama-v3", "falcon-h1", "pixtral", "midm-2.0", "lfm2" }, steps = { "LLAMA3" },
    ignore_merges = true, add_bos = true, clean_spaces = true },
  { names = { "dbrx", "smaug-bpe" }, steps = { "LLAMA3" }, clean_spaces = true },
  { names = { "qwen2", "deepseek-r1-qwen", "kormo", "hunyuan", "solar-open", "grok-2" }, steps = { "QWEN2" } },
  { names = { "stablelm2", "megrez" }, steps = { "QWEN2" }, clean_spaces = true },
  { names = { "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "a.x-4.0", "mellum", "exaone4", "mpt", "olmo", "jais" },
    steps = { "GPT2" }, clean_spaces = true },
  { names = { "trillion", "granite-docling" }, steps = { "GPT2" } },
  { names = { "starcoder", "refact", "codeshell", "exaone", "minerva-7b" }, steps = { "NUMBER", "GPT2" }, clean_spaces = true },
  { names = { "command-r", "smollm" }, steps = { "NUMBER", "GPT2" } },
  { names = { "falcon" }, steps = { "PUNCT_TICK_RUN", "GPT2", "DIGITS3" }, clean_spaces = true },
  -- As bitnet.cpp reads them, for whose files they stand; llama.cpp and ik_llama.cpp take LLaMA-3's rules.
  { names = { "falcon3", "falcon_e" }, steps = { "PUNCT_TICK_RUN", "GPT2", "DIGIT" }, clean_spaces = true, also = "llama-bpe" },
}

local number_of = {}
for number, name in ipairs(STEPS) do number_of[name] = number end

-- Their steps become numbers.
local rows, names = {}, {}
for _, row in ipairs(ROWS) do
  for i, name in ipairs(row.steps) do row.steps[i] = number_of[name] end
  for _, name in ipairs(row.names) do
    rows[name] = row
    names[#names + 1] = name
  end
end

-- rows: by name. NAMES: all of them, for messages. WORD: the number of that step.
return { rows = rows, NAMES = table.concat(names, " "), WORD = number_of.WORD }
