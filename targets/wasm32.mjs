// wasm32.mjs: runs a program of the target wasm32 under node: node --no-warnings wasm32.mjs PROGRAM ARGUMENTS...
// The program sees the same files, streams and exit codes as any other.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { WASI } from 'node:wasi';

function stop(code, line) {
  console.error(`error: ${line}`);
  process.exit(code);
}

const [path, ...rest] = process.argv.slice(2);
if (!path) stop(64, 'E_USAGE: node wasm32.mjs PROGRAM ARGUMENTS...');

let bytes, program;
try {
  bytes = readFileSync(path);
  program = await WebAssembly.compile(bytes);
} catch (e) {
  if (!bytes) stop(66, `E_OPEN: ${path}: ${e.message}`);
  stop(69, `E_CPU: ${path}: no program that this node runs: ${e.message}`);
}
const wasi = new WASI({
  version: 'preview1', args: [resolve(path), ...rest], env: { ...process.env, PWD: process.cwd() }, preopens: { '/': '/' },
  returnOnExit: true,
});
process.exit(wasi.start(await WebAssembly.instantiate(program, { wasi_snapshot_preview1: wasi.wasiImport })));
