-- strange.lua: a small valid model whose every string is written against the compiler: C, make, shell, printf and Jinja.
-- Built once under out/test/ for the tests that need it. Its tokens are the 256 bytes and strange.tokens after them.

local cases = require("tests.gguf_cases")
local programs = require("tests.programs")

local NORMAL, CONTROL, USER_DEFINED = 1, 3, 4

-- Every string of a user's making holds MARK, so that it can be looked for.
local strange = { MARK = "h0stile", model = "out/test/strange.gguf", USER_DEFINED = 6 }

local function hostile(text) return strange.MARK .. text end

-- Special tokens, ids from 256 on: the first is BOS, number strange.USER_DEFINED is read from any text, the last ends it.
strange.tokens = {
  hostile("<|begin|>"),
  hostile('*/ int main(void) { system("id"); } /*'),
  hostile("\"); } //' ??/ ??) \\"),
  hostile("$(touch pwned)`touch pwned`${IFS};touch pwned|&"),
  hostile("\n\tinclude /etc/passwd\n\r$(shell touch pwned)"),
  hostile("%s%n%d {{ x }} {% for a in b %}"),
  hostile("\\u0000\1\127é\u{202e}"),
  "<|eot_id|>",
}

local function spec()
  local tokens, types = cases.byte_tokens(), {}
  for i = 1, 256 do types[i] = NORMAL end
  for i, text in ipairs(strange.tokens) do
    tokens[256 + i] = text
    types[256 + i] = i == strange.USER_DEFINED and USER_DEFINED or CONTROL
  end
  local model = cases.toy { n_embd = 32, n_head = 2, n_head_kv = 1, n_ff = 64, tokens = tokens, token_type = types }
  local all = table.concat(strange.tokens, "\n")
  cases.set(model, "general.name", "string", all)
  cases.put(model, hostile(".*/\"'$(touch pwned)`\\??/"), "string", all)
  cases.put(model, "general.tags", "array", strange.tokens, "string")
  cases.put(model, "tokenizer.chat_template", "string", (all .. "{{ messages }}"):rep(1 + (10 << 20) // #all))
  cases.set(model, "tokenizer.ggml.bos_token_id", "u32", 256)
  cases.set(model, "tokenizer.ggml.eos_token_id", "u32", 263)
  cases.set(model, "tokenizer.ggml.add_bos_token", "bool", true)
  return model
end

-- Writes the model where it is not yet and returns its program's folder. Several tests may ask at once.
function strange.build()
  local bytes, there = cases.encode(spec()), io.open(strange.model, "rb")
  local same = there and there:read("a") == bytes
  if there then there:close() end
  if not same then
    os.execute("mkdir -p out/test")
    local temporary = os.tmpname()
    cases.write(temporary, bytes)
    assert(os.execute(("flock out/test/lock cp %s %s && rm %s"):format(temporary, strange.model, temporary)))
  end
  return programs.build(strange.model, "scalar", "--unroll 1")
end

return strange
