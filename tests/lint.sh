#!/bin/sh
# lint.sh: tests/lint.t for people: only what is wrong or was left out, and a last line.
report=$(tests/lint.t)
status=$?
printf '%s\n' "$report" | grep -v -e '^1\.\.' -e '^ok [0-9]* - [^#]*$'
[ $status -ne 0 ] || echo "lint: clean"
exit $status
