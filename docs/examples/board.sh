#!/bin/sh
# board.sh: one file for a Raspberry Pi 4, checked here before it is copied: it will write the same there, bit by bit.
# Needs the cross compiler and qemu (make deps-test). More: docs/BOARDS.md.
set -e
OUT=${OUT:-out/board}

gen/tritc plan models/shakespeare.gguf --target rpi4
gen/tritc build models/shakespeare.gguf --target rpi4 --embed --static -o "$OUT"

qemu-aarch64 -cpu cortex-a72 "$OUT/shakespeare" self-test
qemu-aarch64 -cpu cortex-a72 "$OUT/shakespeare" run "ROMEO:" -n 8 --temp 0
echo
echo "now: scp $OUT/shakespeare pi@board:"
