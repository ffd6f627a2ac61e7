#!/usr/bin/env lua5.4
-- files.t: builds and the file system: folders, full disks, signals, two at once, odd paths, odd environments, rebuilds.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local commands = require("tests.commands")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path

-- One model twice: at $GGUF, and in a folder named with all that a name can hold. Its own name becomes NAME in a build.
local ODD, BASE, NAME = D .. "/we*/ird 'q\" $(touch pwned) \\ \n-", "-m b'$(id).gguf", "_m_b___id_"
local model = cases.toy { n_embd = 32, n_head = 2, n_head_kv = 1, n_ff = 64 }
os.execute("chmod 755 " .. D .. " && mkdir -p " .. shell.quote(ODD))
cases.write(D .. "/" .. BASE, (cases.encode(model)))
cases.write(ODD .. "/" .. BASE, (cases.encode(model)))
cases.write(D .. "/secret", "")
os.execute("chmod 0 " .. D .. "/secret")

programs.run(("mkdir %s/tritc && cp -r gen templates runtime targets models %s/tritc"):format(D, D))
programs.plain(D .. "/tritc")
local variables = {
  D = D, ODD = ODD, BASE = BASE, NAME = NAME, GGUF = D .. "/" .. BASE,
  TRITC = D .. "/tritc/gen/tritc",
  M = D .. "/base/" .. NAME, MAKE = "make --no-print-directory -C " .. D .. "/base -f build.mk",
}
local EMIT, BUILD = '"$TRITC" emit --target scalar "$GGUF" -o ', '"$TRITC" build --target scalar "$GGUF" -o '
local SAID = "prompt: ... tokens, ...; generated: 4 tokens, ...; limit reached\n"

local function check(rows) commands.check(t, rows, variables) end

-- Rows that need another user or a disk of their own; skipped by name where `prefix` cannot give them that.
local function check_under(prefix, reason, rows)
  local possible = select(2, programs.run(prefix .. " test -r gen/main.lua")) == 0
  for _, row in ipairs(rows) do
    row[2] = prefix .. " sh -c " .. shell.quote(row[2])
    if possible then check { row } else t.skip(reason, row[1]) end
  end
end

check {
  { "F01 a missing output folder is made, with those above it", EMIT .. "$D/new/er/x && ls $D/new/er/x/model.c", 0, "...model.c\n", "wrote ...\n" },
  { "F03 the output folder is a file", "echo kept >$D/file; " .. EMIT .. "$D/file", 73, nil,
    "error: E_OUT_CREATE: ...file cannot be created or is not a folder\n" },
  { "F03 a folder above it is a file", EMIT .. "$D/file/x; cat $D/file", 0, "kept\n", "error: E_OUT_CREATE: ...\n" },
  { "F03 a folder stands where a file goes", "mkdir -p $D/dir/model.c; " .. EMIT .. "$D/dir; code=$?; find $D/dir -name '*.tmp'; exit $code", 74, nil,
    "error: E_OUT_WRITE: ...model.c: ...\n" },
}

local is_root = programs.run("id -u") == "0\n"
check_under(is_root and "setpriv --reuid=65534 --regid=65534 --clear-groups env" or "env", "root ignores mode bits, and there is no setpriv", {
  { "F02 F17 a read-only folder", "mkdir $D/no 2>/dev/null; " .. EMIT .. (is_root and "$D/no" or "/no"), 73, nil,
    "error: E_OUT_CREATE: ...no cannot be created or is not a folder\n" },
  { "F02 F17 a file that may not be read", "gen/tritc plan $D/secret --target scalar", 66, nil,
    "error: E_OPEN: secret: Permission denied\n" },
})

check {
  -- First, so that ccache has the objects when two builds want them at once.
  { "one build", "MAKEFLAGS=-n " .. BUILD .. "$D/base", 0, "... model.c\n... PACK ...", "scan: ...\nbuilt ...base/" .. NAME .. " for scalar\n" },
  { "F07 F09 two builds at once, with odd paths", [[
      umask 077
      "$TRITC" build "$ODD/$BASE" --target scalar -o "$ODD/out" >$D/log1 2>&1 &
      "$TRITC" build "$ODD/$BASE" --target scalar -o "$ODD/out" >$D/log2 2>&1
      code=$?
      wait $! && exit $code]], 0 },
  { "F09 run", '"$ODD/out/$NAME" run a -n 4', 0, "...", SAID },
  { "F09 names that begin with -", 'cd "$ODD" && "$TRITC" emit --target scalar -o -out -- "$BASE" && ls ./-out/model.c', 0,
    "./-out/model.c\n", "wrote ./-out\n" },
  { "F09 nothing was executed", "find . $D -name 'pwned*' -o -name 'uid=*'", 0 },
  { "F10 nothing in the folder has a path of this machine",
    [[LC_ALL=C grep -r -l -F -a -e "$D" -e "$PWD" -e "${HOME:-/none}/" -e "*/ird" "$ODD/out"]], 1 },
  { "F13 the environment changes no byte", [[
      env -i PATH="$PATH" TZ=Pacific/Chatham LANG=de_DE.UTF-8 LC_ALL=tr_TR.UTF-8 "$TRITC" emit "$GGUF" --target scalar -o $D/e1
      cd $D && TZ=UTC LC_ALL=C CC=none "$TRITC" emit -o e2 --target scalar -- "$BASE" && diff -r e1 e2 && ls e2/report.txt]], 0,
    "e2/report.txt\n", "wrote ...e1\nwrote e2\n" },
  { "F16 what is made under a private umask is private", 'find "$ODD/out" -perm /077', 0 },
  { "F07 leaves what two leave, to the last byte", 'diff -r -x source.stamp -x measured.txt -x report.html $D/base "$ODD/out" && ls $M $M.img', 0, "...\n" },
  { "F07 one waits for the other", "flock $D/base sh -c 'sleep 0.5; echo first' & sleep 0.2; " .. BUILD .. "$D/base >$D/log && echo second; wait", 0,
    "first\nsecond\n", "built ...\n" },
  { "F08 nothing is left to do", 'GGUF="$GGUF" $MAKE -q', 0 },
  { "a second build touches nothing", "ls -l --time-style=full-iso $D/base >$D/before; " .. BUILD .. "$D/base >$D/log && "
    .. "ls -l --time-style=full-iso $D/base | cmp - $D/before", 0, nil, "built ...\n" },
}

-- After a failure the program and the image of before are there and work, and nothing half-written is.
local ALIVE = "\ncode=$?; find $D/base -name '*.tmp' -size +0; $M run a -n 4 --seed 1 2>/dev/null | cmp - $D/alive && test -s $D/alive && exit $code"
check {
  { "a program that works", "$M run a -n 4 --seed 1 >$D/alive", 0, nil, SAID },
  { "F05 a limit of file sizes, its signal ignored", "trap '' XFSZ; (ulimit -f 8; " .. EMIT .. "$D/base --ctx 32)" .. ALIVE, 74, nil,
    "error: E_OUT_WRITE: ...: File too large\n" },
  { "F06 a packer killed while it writes", "cd $D/base; (ulimit -f 64; exec ./pack \"$GGUF\" vocabulary.bin $NAME.img); test $? -gt 128" .. ALIVE, 0, nil, "..." },
  { "F06 a generator killed while it writes", "(ulimit -f 8; exec " .. EMIT .. "$D/base --ctx 32); test $? -gt 128; (exit $?); rm $D/base/*.tmp" .. ALIVE, 0, nil, "..." },
  { "a compiler that fails", BUILD .. "$D/base --cc false" .. ALIVE, 69, "...", "error: E_TOOL: 'false' does not compile for target scalar: ...\n" },
  { "the next build mends it", BUILD .. '$D/base >$D/log; GGUF="$GGUF" $MAKE -q' .. ALIVE, 0, nil, "built ...\n" },
  { "F05 the same for the packer, by itself", 'touch "$GGUF"; (ulimit -f 64; ' .. BUILD .. "$D/base >$D/log); test $? -ne 0" .. ALIVE, 0, nil,
    "error: E_OUT_WRITE: the image: File too large\n..." },
  { "F15 a compiler that fails half-way leaves no half object", [[
      printf '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho half >"$2"; exit 1\n' >$D/cc; chmod +x $D/cc; touch $D/base/model.c
      GGUF="$GGUF" $MAKE CC=$D/cc >$D/log 2>&1
      test $? -ne 0 -a ! -e $D/base/model.o]] .. ALIVE, 0 },
}

local norm = cases.tensor(model, "output_norm.weight")
norm.data = "\0\0\xc0\x7f" .. norm.data:sub(5)
cases.write(D .. "/bad", (cases.encode(model)))
check {
  { "weights that turned bad", 'cp "$GGUF" $D/good; cp $D/bad "$GGUF"; ' .. BUILD .. "$D/base >$D/log; test $? -ne 0" .. ALIVE, 0, nil,
    "error: E_MODEL_SCALE: output_norm.weight: value 0 is not finite\n..." },
  { "a model that changed between emit and make", '{ cat $D/good; echo; } >"$GGUF"; $MAKE >$D/log; test $? -ne 0' .. ALIVE, 0, nil,
    "error: E_MODEL_CHANGED: the file is not the one this program was generated for (...)\n..." },
  { "and one that went away", 'rm "$GGUF"; touch $D/base/pack; $MAKE >$D/log; test $? -ne 0' .. ALIVE, 0, nil, "error: E_OPEN: ...: No such file or directory\n..." },
  { "once it is as it was, all is well", 'cp $D/good "$GGUF"; ' .. BUILD .. "$D/base >$D/log" .. ALIVE, 0, nil, "built ...\n" },
}

-- What make would do after an emit by a copy of the compiler with something changed in it.
local EMIT_CHANGED = '"$D/gen/tritc" emit --target scalar "$GGUF" -o $D/base'
local WOULD = "\nGGUF=\"$GGUF\" $MAKE -n | grep -o -E '(CC|LD|PACK) .*' | sort | tr -s ' '"
check {
  { "F14 a runtime file was edited", "cp -r $D/tritc/* $D; echo '/* */' >>$D/runtime/chat.c; " .. EMIT_CHANGED .. WOULD, 0,
    "CC runtime/chat.c\nLD " .. NAME .. "\n", "wrote ...\n" },
  { "F14 a template", "cp runtime/chat.c $D/runtime; echo '/* */' >>$D/templates/op_rope.c; " .. EMIT_CHANGED .. WOULD, 0,
    "CC model.c\nCC runtime/chat.c\nLD " .. NAME .. "\n", "wrote ...\n" },
  { "F14 the flags of a target", "sed -i 's/cflags = {}/cflags = { \"-DX\" }/' $D/targets/scalar.lua; " .. EMIT_CHANGED .. WOULD, 0, "CC kernels-...CC model.c\n...", "wrote ...\n" },
  { "F14 --ctx", BUILD .. "$D/base >$D/log; " .. EMIT .. "$D/base --ctx 32" .. WOULD, 0, "CC ...LD ...PACK ...\n", "built ...\nwrote ...\n" },
  { "F14 --static", BUILD .. "$D/base >$D/log; " .. EMIT .. "$D/base --static" .. WOULD, 0, "...LD " .. NAME .. "\n", "built ...\nwrote ...\n" },
  { "F14 --embed", BUILD .. "$D/base --embed >$D/log; cp $M $D/moved; $D/moved run a -n 4", 0, "...", "built ...\n" .. SAID },
}

check_under("unshare -rm", "no mount without root", {
  { "F04 a full disk", "mount -t tmpfs -o size=60k none $D/new; " .. EMIT .. "$D/new/x; code=$?; find $D/new -name '*.tmp'; exit $code", 74, nil,
    "error: E_OUT_WRITE: ...: No space left on device\n" },
  { "F04 a disk too small for the image", "mount -t tmpfs -o size=16k none $D/new; cd $D/new; echo old >x.img; "
    .. '$D/base/pack "$GGUF" $D/base/vocabulary.bin x.img; code=$?; ls; cat x.img; exit $code', 74, "x.img\nold\n",
    "error: E_OUT_WRITE: the image: No space left on device\n" },
})

check {
  { "F11 stdout full", "gen/tritc plan models/shakespeare.gguf --target scalar >/dev/full", 74, nil, "error: E_OUT_WRITE: standard output\n" },
  { "F11 stdout closed", "gen/tritc targets >&-", 74, nil, "error: E_OUT_WRITE: standard output\n" },
  { "F11 a dump", "gen/tritc plan models/shakespeare.gguf --target scalar --dump plan >/dev/full", 74, nil, "error: E_OUT_WRITE: standard output\n" },
  { "F11 help", "gen/tritc --help >/dev/full", 74, nil, "error: E_OUT_WRITE: standard output\n" },
  { "F11 generated text, stdout closed", "$M run a -n 4 >&-", 74, nil, "error: E_OUT_WRITE: stdout: Bad file descriptor\n" },
}
for _, command in ipairs { "run a -n 4", "run a -n 4 --trace", "tokenize a", "tokenize --decode 65", "chat -n 4", "info", "info --json", "self-test", "--help", "run --help", "--version" } do
  check { { "F11 " .. command .. ", stdout full", "echo a | $M " .. command .. " >/dev/full", 74, nil, "error: E_OUT_WRITE: stdout: No space left on device\n" } }
end
check {
  { "F12 a reader of the program leaves", "{ yes a | head -c 30000 | $M tokenize; echo $? >&2; } | head -c 1", 0, "...", "141\n" },
  { "F12 a reader of tritc leaves", "{ sleep 0.3; gen/tritc --help; echo $? >&2; } | true", 0, nil, "141\n" },
}
t.done()
