import { join } from 'node:path';
import { compile, NATIVE_FOLDER, RV32, type Toolchain } from './compiler';
import { writeCryptoSource } from './crypto-source';

const SAMPLER_SOURCES = [
  'cycle_meter.c',
  'sampler_kernel.c',
  'window_ring.c',
  'sample_sets.c',
  'scope.c',
].map(name => join(NATIVE_FOLDER, 'sampler', name));

/** The libraries' own style, which is not ours to mend. */
const CRYPTO_FLAGS = ['-Wno-implicit-fallthrough', '-Wno-unused-function'];

/** Makes the program that puts the portable sampler behind stdin and stdout. @returns its path */
export function compileSamplerHarness(toolchain: Toolchain): string {
  return compile(toolchain, 'sampler-harness', [
    ...SAMPLER_SOURCES,
    ...harness('sampler_harness.c', 'ring_race.c', 'scope_race.c', 'frames.c'),
  ]);
}

/** As `compileSamplerHarness`, for the cryptography. @param source the joined one, or a mutation of it */
export function compileCryptoHarness(toolchain: Toolchain, source = writeCryptoSource()): string {
  return compile(toolchain, 'crypto-harness', [
    ...CRYPTO_FLAGS,
    source,
    ...harness('crypto_harness.c', 'residue.c', 'frames.c'),
  ]);
}

/** Makes the program that counts the instructions of kernel and cryptography under qemu. @returns its path */
export function compileRv32Bench(): string {
  const kernel = ['cycle_meter.c', 'sampler_kernel.c'].map(name => join(NATIVE_FOLDER, 'sampler', name));
  return compile(RV32, 'rv32-bench', [
    ...CRYPTO_FLAGS,
    writeCryptoSource(),
    ...kernel,
    ...harness('rv32_bench.c'),
  ]);
}

function harness(...names: readonly string[]): string[] {
  return names.map(name => join(NATIVE_FOLDER, 'harness', name));
}
