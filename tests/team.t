#!/bin/sh
# team.t: runtime/team.c with 1 to 9 threads, on a futex, on a condition variable, and under the thread sanitizer.
# tests/team.c does the checking; thousands of barriers, more threads than CPUs, bounded time.
dir=$(mktemp -d) || exit 1
trap 'rm -r "$dir"' EXIT
n=0

# run NAME PROGRAM THREADS BARRIERS: the program's checks, numbered on, and its exit status as one more
run() {
  timeout 60 "$2" "$3" "$4" > "$dir/log" 2>&1
  status=$?
  awk -v n="$n" -v name="$1" '/^(not )?ok / { sub(/ok [0-9]+ - /, "ok " ++n " - " name ", ") } { print }' "$dir/log"
  n=$((n + $(grep -cE '^(not )?ok ' "$dir/log") + 1))
  if [ "$status" -eq 0 ]; then echo "ok $n - $1, $3 threads: exit 0"; else echo "not ok $n - $1, $3 threads: exit $status"; fi
}

# build NAME FLAGS...
build() {
  name=$1
  shift
  ${CC:-cc} -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror "$@" -Iruntime -I"$dir" -o "$dir/$name" \
    tests/team.c runtime/team.c runtime/error.c -pthread
}

lua5.4 -e 'io.write(require("gen.emit_build").errors_h())' > "$dir/errors.h"
build futex && build condition -DTEAM_PORTABLE || { echo "Bail out! tests/team.c does not compile"; exit 1; }
for threads in 1 2 3 4 5 6 7 8 9; do
  run futex "$dir/futex" "$threads" 2000
  run condition "$dir/condition" "$threads" 500
done
if build sanitized -g -fsanitize=thread 2> "$dir/log"; then
  run "thread sanitizer" "$dir/sanitized" 4 200
else
  n=$((n + 1))
  echo "ok $n - thread sanitizer # SKIP the compiler has none"
fi

# A system that refuses threads is an error with a name, not a hang (no thread limit binds under sanitizers).
(ulimit -v 40000 && timeout 20 "$dir/futex" 250 1) > "$dir/log" 2>&1
status=$?
n=$((n + 1))
if [ "$status" -eq 71 ] && grep -q '^error: E_THREAD: ' "$dir/log"; then echo "ok $n - no memory for 250 threads: E_THREAD"
else echo "not ok $n - no memory for 250 threads: exit $status"; sed 's/^/# /' "$dir/log"; fi
echo "1..$n"
