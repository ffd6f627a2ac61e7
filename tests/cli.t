#!/usr/bin/env lua5.4
-- cli.t: `tritc` as a user meets it: every command, its exit code and every byte it prints.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local programs = require("tests.programs")
local t = require("tests.tap")

local folder <close> = cases.folder()

-- A model whose chat template is of no known family.
local stranger = cases.set(cases.toy(cases.SMALLEST), "tokenizer.chat_template", "string", "{{ messages }}")
cases.write(folder.path .. "/stranger.gguf", (cases.encode(stranger)))

local HELP = [[
tritc: a static-graph compiler for ternary language models

usage: tritc COMMAND [OPTIONS]

  build       M.gguf            compile a model ...
  emit        M.gguf            ...
  plan        M.gguf            ...
  explain     DIR [OP]          ...
  report      DIR               ...
  targets ...
  models ...
  synth       SHAPE             ...
  requantize  IN.gguf OUT.gguf  ...
  import      DIR               ...

...
]]

local function usage(name, command, err) return { name, "gen/tritc " .. command, 64, nil, "error: E_USAGE: " .. err .. "\n" } end

local rows = {
  { "no argument is a request for help", "gen/tritc", 0, HELP },
  { "--help", "gen/tritc --help", 0, HELP },
  { "-h", "gen/tritc -h", 0, HELP },
  { "help", "gen/tritc help", 0, HELP },
  { "--version", "gen/tritc --version", 0, "tritc 0...\n" },
  usage("an unknown command", "frobnicate", "no command 'frobnicate' (see --help)"),
  usage("an unknown option before a command", "--frob", "no command '--frob' (see --help)"),
  usage("an unknown option", "plan --frob $M", "plan: unknown argument --frob (see --help)"),
  usage("an option of another command", "plan --embed $M", "plan: unknown argument --embed (see --help)"),
  usage("a missing operand", "build", "build: M.gguf is missing (see --help)"),
  usage("a second operand", "plan $M $M", "plan: unknown argument models/shakespeare.gguf (see --help)"),
  usage("an operand where none belongs", "targets x", "targets: unknown argument x (see --help)"),
  usage("a missing value", "plan $M --ctx", "--ctx needs a value N (see --help)"),
  usage("an empty value", "build $M -o ''", "-o '' is not a valid DIR (see --help)"),
  usage("a value for a switch", "plan --json=yes $M", "--json takes no value (see --help)"),
  usage("no number", "plan $M --ctx abc", "--ctx 'abc' is not a valid N (see --help)"),
  usage("zero", "plan $M --batch 0", "--batch '0' is not a valid N (see --help)"),
  usage("a negative number", "plan $M --threads -1", "--threads '-1' is not a valid N (see --help)"),
  usage("a number with a fraction", "plan $M --ctx 1.5", "--ctx '1.5' is not a valid N (see --help)"),
  usage("a hexadecimal number", "plan $M --ctx 0x10", "--ctx '0x10' is not a valid N (see --help)"),
  usage("a number beyond 64 bits", "plan $M --ctx 99999999999999999999", "--ctx '99999999999999999999' is not a valid N (see --help)"),
  usage("no bandwidth", "plan $M --bandwidth 0", "--bandwidth '0' is not a valid GB/s (see --help)"),
  usage("no type of rows", "emit $M --embd f16", "--embd 'f16' is not a valid TYPE (see --help)"),
  usage("no such packing", "emit $M --target scalar --packing t53", "--packing t53: the target scalar has b1 s54 t2"),
  usage("no step count", "emit $M --unroll none", "--unroll 'none' is not a valid N|full (see --help)"),
  usage("a context longer than the model's", "plan $M --target scalar --ctx 513", "--ctx 513: the model was trained for 512"),
  usage("too many threads", "plan $M --target scalar --threads 257", "--threads 257: at most 256 on target scalar"),
  usage("an unknown pass", "plan $M --target scalar --dump frob", "--dump frob: no such pass (see --help)"),
  usage("an unknown chat family", "emit $M --target scalar --chat-template frob -o $D/none",
    "--chat-template frob: not one of bitnet llama3 falcon3 falcon-e chatml chatml-think chatml-no-think minicpm plain"),
  usage("an unknown shape", "synth frob -o $D/x.gguf", "synth: there is no shape 'frob'; see tritc models"),
  usage("synth without an output", "synth toy", "synth: -o M.gguf is missing"),
  { "a refused command line leaves no folder", "test ! -e $D/none", 0 },
  { "an unknown target", "gen/tritc plan $M --target frob", 69, nil,
    "error: E_TARGET: no target or board 'frob'; the nearest names: ...; the targets: native ...scalar...\n" },
  { "a target may not be a path", "gen/tritc plan $M --target ../models/toy", 69, nil, "error: E_TARGET: no target or board '../models/toy'; ...\n" },
  { "a missing file", "gen/tritc plan $D/no.gguf", 66, nil, "error: E_OPEN: ...no.gguf: No such file or directory\n" },
  { "a folder", "gen/tritc plan $D", 66, nil, "error: E_NOT_REGULAR: ...: not a regular file\n" },
  { "a file that is no GGUF", "gen/tritc plan models/README.md", 65, nil, "error: E_GGUF_MAGIC: README.md: begins with...\n" },
  { "a value may follow an equals sign", "gen/tritc plan $M --target=scalar --ctx=64", 0, "model ... for 64 positions\n..." },
  { "after -- there are no options", "gen/tritc plan --target scalar -- -h", 66, nil, "error: E_OPEN: -h: No such file or directory\n" },
  { "an option after the operand", "gen/tritc plan $M --target scalar", 0, "model    shakespeare (bitnet-b1.58), identity 365ca61691091f53\n..." },
  { "native finds a target", "gen/tritc plan $M", 0, "model    shakespeare ...\ntarget ...\nfits     yes: ...\n" },
  { "the bound says what it assumes", "gen/tritc plan $M --target scalar", 0, "... tokens per second at 10.0 GB/s (assumed; ...)\n..." },
  { "another bandwidth", "gen/tritc plan $M --target scalar --bandwidth 25.5", 0, "... tokens per second at 25.5 GB/s\n..." },
  { "whether it fits another machine is not known", "gen/tritc plan $M --target $OTHER", 0, "...fits     not known for another machine; --memory tells what it has\n" },
  { "targets", "gen/tritc targets", 0, "armv7-neon ... needs: neon vfpv3\narmv8 ... needs: asimd\n...scalar ... needs: nothing\n...x86-64-v3 ... needs: avx2 f16c fma...\n" },
  { "models", "gen/tritc models", 0, "model ...\nbitnet-b1.58-2b-4t ...\nshakespeare ... 3.41 M ...\ntoy ...\n" },
  { "emit says where", "gen/tritc emit $M --target scalar -o $D/demo", 0, nil, "wrote ...demo\n" },
  { "what emit leaves", "cd $D/demo && ls -d *.c *.h *.mk *.txt *.bin runtime", 0,
    "build.mk\nerrors.h\nkernels-screen-scalar-k256.c\nkernels-t2-scalar-k256.c\nkernels-t2-scalar-k768.c\nlimits.c\nmodel.c\nmodel.h\npack.c\nreport.txt\nruntime\nvocabulary.bin\n" },
  { "a folder named with -o may hold another model", "gen/tritc emit $D/stranger.gguf --target scalar -o $D/demo", 0, nil,
    "warning: the chat template is of no known family; `run` needs none, for `chat` name one with --chat-template: bitnet ... plain\nwrote ...demo\n" },
  { "a chat family of the user's choice is not warned of", "gen/tritc emit $D/stranger.gguf --target scalar -o $D/demo --chat-template plain",
    0, nil, "wrote ...demo\n" },
  { "--pre: another pre-tokenizer", "for pre in llama3 llama-bpe qwen2; do gen/tritc emit $M --target scalar --pre $pre -o $D/$pre; done; "
    .. "cmp $D/llama3/vocabulary.bin $D/llama-bpe/vocabulary.bin && cmp -s $D/llama3/vocabulary.bin $D/qwen2/vocabulary.bin", 1, nil, "...wrote ...qwen2\n" },
  usage("--pre: an unknown one", "plan $M --pre frob", "--pre frob: no such pre-tokenizer; there are: default llama-bpe ..."),
  { "the default folder may not", 'root=$PWD; cp $D/stranger.gguf $D/shakespeare.gguf; cd $D; "$root/gen/tritc" emit "$root/$M" --target scalar && '
    .. '"$root/gen/tritc" emit shakespeare.gguf --target scalar', 73, nil,
    "wrote out/shakespeare-scalar\n...error: E_OUT_OTHER: out/shakespeare-scalar holds the build of another model (365ca61691091f53); name a folder with -o\n" },
  { "nor is the one that is there touched", "grep 'define MODEL_ID' $D/out/shakespeare-scalar/model.h", 0, "#define MODEL_ID 0x365ca61691091f53...\n" },
  { "a missing compiler", "gen/tritc build $M --target scalar --cc no-such-cc -o $D/none", 69, nil,
    "error: E_TOOL: no compiler 'no-such-cc' for target scalar; install the package gcc\n" },
  { "a missing cross compiler", "gen/tritc build $M --target armv8 --cc no-such-cc -o $D/none", 69, nil,
    "error: E_TOOL: no compiler 'no-such-cc' for target armv8; install the package gcc-aarch64-linux-gnu\n" },
  { "a compiler is no place for make's language", "gen/tritc build $M --target scalar --cc 'cc $(id)' -o $D/none", 64, nil,
    "error: E_USAGE: --cc cc $(id)\n" },
  { "a compiler that fails", "gen/tritc build $M --target scalar --cc false -o $D/broken", 69, "...", "error: E_TOOL: 'false' does not compile for target scalar: that takes gcc 8 or clang 7, and ...\n" },
  { "no compiler at all", "mkdir $D/bin; for tool in sh lua5.4 uname ls mktemp rm; do ln -s $(command -v $tool) $D/bin; done; "
    .. "PATH=$D/bin lua5.4 gen/tritc plan $M", 69, nil, "...error: E_TOOL: ...; install the package gcc, ...\n" },
  { "no make", "for tool in cc mkdir nproc; do ln -s $(PATH=/usr/bin:/bin; command -v $tool) $D/bin; done; PATH=$D/bin lua5.4 gen/tritc build $M --target scalar -o $D/demo",
    69, nil, "error: E_TOOL: no make; install the package make\n" },
  { "from another folder", 'root=$PWD; cd / && "$root/gen/tritc" plan "$root/$M" --target scalar', 0, "model ...\n" },
}
for _, command in ipairs { "build", "emit", "plan", "scan", "explain", "report", "targets", "models", "synth" } do
  rows[#rows + 1] = { command .. " --help", ("gen/tritc %s --help"):format(command), 0, ("usage: tritc %s...\n"):format(command) }
end

-- What each pass must have done to the matmul and norm ops of the first block, as --dump prints them.
local Q = "f32[256]    = matmul     l0.hq                    blk.0.attn_q.weight"
local passes = {
  { "build", "  2  l0.h       f32[256]    = rms        x                        blk.0.attn_norm.weight\n" ..
    "  3  l0.hq      q8[256]     = quant      l0.h\n  4  l0.q       " .. Q .. "\n" },
  { "fuse", "  2  l0.hq      q8[256]     = rms_quant  x                        blk.0.attn_norm.weight\n  3  l0.q       " .. Q .. "\n" },
  { "choose", "  3  l0.q       " .. Q .. "  gemm_t2_scalar_k256\n" },
  { "schedule", "  3  l0.q       " .. Q .. "  gemm_t2_scalar_k256  batch barrier\n" },
  { "plan", "  3  l0.q       " .. Q .. "  gemm_t2_scalar_k256  batch barrier  arena 0x...\n", "  arena 0x" },
  { "image", "  3  l0.q       " .. Q .. "  gemm_t2_scalar_k256  batch barrier  arena 0x...  image 0x...\n", "  arena 0x" },
}
for _, pass in ipairs(passes) do
  rows[#rows + 1] = { "--dump " .. pass[1], "gen/tritc emit $M --target scalar -o $D/none --dump=" .. pass[1], 0,
    "  1  x          f32[256]    = embed                               token_embd.weight" .. (pass[3] or "\n") .. "..." .. pass[2] .. "..." }
end
rows[#rows + 1] = { "--dump stops before anything is written", "test ! -e $D/none", 0 }

local other = programs.run("uname -m") == "aarch64\n" and "x86-64-v3" or "armv8"
commands.check(t, rows, { M = "models/shakespeare.gguf", D = folder.path, OTHER = other })

-- plan --json: the keys, and what the header says of the demo model (models/README.md).
local json = programs.run("gen/tritc plan models/shakespeare.gguf --target scalar --ctx 256 --bandwidth 2 --json")
t.is(commands.json_keys(json), "model_hash target ctx image_bytes arena_bytes kv_bytes matrix_bytes head_bytes memory_bytes "
  .. "memory_bytes_per_thread rows_bytes bytes_per_token touched_bytes_per_token bytes_per_token_full macs_per_token bandwidth_gb_per_second tokens_per_second_bound "
  .. "tokens_per_second_bound_full peak_gmac_per_second prefill_tokens_per_second_bound build_seconds disk_bytes missing_bytes fits", "plan --json: keys")
local function number(key) return tonumber(json:match('"' .. key .. '": ([%d.]+)')) end
local LAYERS, EMBD, FF, VOCAB, KV = 4, 256, 768, 1024, 128
local weights = LAYERS * (2 * EMBD * EMBD + 2 * EMBD * KV + 3 * EMBD * FF)
t.is(number("kv_bytes"), 2 * 2 * LAYERS * KV * 256, "plan --json: keys and values in f16 for 256 positions")
t.is(number("macs_per_token"), weights + VOCAB * EMBD, "plan --json: multiply-adds of all matrices and the head")
local least = weights // 4 + VOCAB * EMBD
t.ok(number("bytes_per_token") > least and number("bytes_per_token") < 1.06 * least, "plan --json: two bits per weight, one byte per element of the head")
t.ok(math.abs(number("tokens_per_second_bound") * number("bytes_per_token") / 2e9 - 1) < 1e-6, "plan --json: the bound")
t.ok(json:find('"fits": true', 1, true) and json:find('"model_hash": "365ca61691091f53"', 1, true), "plan --json: identity and fit")
t.done()
