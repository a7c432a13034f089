import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BUILD_FOLDER, compile, HOST, NATIVE_FOLDER } from './compiler';
import { joinSources } from './join-sources';
import { writeChanged } from './write-changed';

/** As secp256k1_config.h has it. */
const GENERATOR_BITS = 2;

/**
 * Writes the device's cryptography, crypto/m3ter_crypto.c with the libraries of the npm packages `secp256k1` and
 * `keccak`, as one C file that needs only the C library.
 * @returns its path
 * @throws Error when there is no C compiler to make the generator's table with, or a package is not as expected
 */
export function writeCryptoSource(): string {
  const path = join(BUILD_FOLDER, 'm3ter_crypto.c');
  const secp256k1 = packageFolder('secp256k1', 'src/secp256k1');
  const table = mkdtempSync(join(makeFolder(BUILD_FOLDER), 'table-'));
  try {
    writeGeneratorTable(secp256k1, table);
    const source = joinSources(join(NATIVE_FOLDER, 'crypto/m3ter_crypto.c'), [
      secp256k1,
      join(secp256k1, 'src'),
      join(table, 'src'),
      packageFolder('keccak', 'src/libkeccak-32'),
    ]);
    writeChanged(path, source);
    return path;
  } finally {
    rmSync(table, { recursive: true });
  }
}

function packageFolder(name: string, folder: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), folder);
}

/** By the library's own program, which writes src/ecmult_static_context.h where it runs. */
function writeGeneratorTable(secp256k1: string, folder: string): void {
  const program = compile(HOST, 'generator-table', [
    '-w',
    `-DECMULT_GEN_PREC_BITS=${GENERATOR_BITS}`,
    `-I${secp256k1}`,
    join(secp256k1, 'src/gen_context.c'),
  ]);
  makeFolder(join(folder, 'src'));
  const { status, stderr } = spawnSync(program, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`generator table: ${stderr}`);
}

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}
