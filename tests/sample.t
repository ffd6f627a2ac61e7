#!/bin/sh
# sample.t: runtime/sample.c against docs/NUMERICS.md 4, plain and under the address and undefined-behaviour sanitizers.
dir=$(mktemp -d) || exit 1
trap 'rm -r "$dir"' EXIT
echo '#define MODEL_VOCAB 300' > "$dir/model.h"
flags="-std=c11 -O2 -ffp-contract=off -fno-math-errno -Wall -Wextra -Wpedantic -Werror -Iruntime -I$dir"

${CC:-cc} $flags -o "$dir/sample" tests/sample.c runtime/sample.c || { echo "Bail out! tests/sample.c does not compile"; exit 1; }
"$dir/sample" > "$dir/log" 2>&1
status=$?
n=$(sed -n 's/^1\.\.//p' "$dir/log")
grep -v '^1\.\.' "$dir/log"
n=$((${n:-0} + 1))
if [ "$status" -eq 0 ]; then echo "ok $n - exit 0"; else echo "not ok $n - exit $status"; fi

n=$((n + 1))
if ${CC:-cc} $flags -g -fsanitize=address,undefined -fno-sanitize-recover=all -o "$dir/sanitized" \
  tests/sample.c runtime/sample.c 2> "$dir/log"; then
  if timeout 60 "$dir/sanitized" > "$dir/log" 2>&1; then echo "ok $n - sanitizers find nothing"
  else echo "not ok $n - sanitizers find nothing"; grep -v '^ok' "$dir/log" | sed 's/^/# /'; fi
else
  echo "ok $n - sanitizers # SKIP the compiler has none"
fi
echo "1..$n"
