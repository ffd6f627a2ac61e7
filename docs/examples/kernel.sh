#!/bin/sh
# kernel.sh: what will run: the ops in their order, the C of one kernel, the instructions that the compiler made of it.
# docs/READING.md explains this kernel line by line.
set -e
OUT=${OUT:-out/reading}

gen/tritc emit models/shakespeare.gguf --target scalar --unroll 1 -o "$OUT"
gen/tritc explain "$OUT"
gen/tritc explain "$OUT" gemm_t2_scalar_k256
