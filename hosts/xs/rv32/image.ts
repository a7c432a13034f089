import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { NATIVE_FOLDER, RV32 } from '../../native/toolchain/compiler';
import { writeCryptoSource } from '../../native/toolchain/crypto-source';
import { runBare } from '../../native/toolchain/qemu';
import { buildWithXs, XS_NATIVE } from '../build-engine';
import { XS_OPTIONS } from '../bundle';
import type { FlashState, Plan, Span } from './plan';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const MEMORY_FULL = 'end memory full';

/** Whose signatures and hashes the firmware uses: the board's, in C, or @noble's. */
export type CryptoName = 'native' | 'noble';

/** What a meter has on flash: each region up to its last byte that is not erased, or further. */
export type FlashImages = {
  readonly [state in FlashState]: { readonly ledger: Uint8Array; readonly log: Uint8Array };
};

export interface Counts {
  /** Instructions of each run of each span that was counted */
  readonly counts: ReadonlyMap<Span, readonly number[]>;
  /** The heap did not do for those that are missing. */
  readonly isMemoryFull: boolean;
}

/**
 * Compiles the engine with the board's cryptography for a bare RV32 machine, some 10 s, unless it has been.
 * @returns the program's path
 * @throws Error as `buildEngine` does
 */
export function buildImage(): Promise<string> {
  const { compiler, aptPackages, flags } = RV32;
  const ours = ['image.c', 'flash.c', 'span.c'].map(here);
  const theirs = [join(XS_NATIVE, 'heap.c'), join(NATIVE_FOLDER, 'crypto/crypto_xs.c'), writeCryptoSource()];
  return buildWithXs({
    name: 'rv32',
    ...{ compiler, aptPackages, flags },
    linkFlags: ['-lm'],
    sources: [...ours, ...theirs],
    headers: [here('.'), XS_NATIVE, join(NATIVE_FOLDER, 'crypto')],
  });
}

/**
 * The firmware and what counts it, as one script in ASCII: of two parts, since all variables of all modules of a part are
 * on the engine's stack at once.
 */
export async function bundleBench(crypto: CryptoName): Promise<string> {
  return `${await bundle(crypto)}\n${await bundle('bench')}`;
}

async function bundle(name: CryptoName | 'bench'): Promise<string> {
  const { outputFiles } = await build({
    ...XS_OPTIONS,
    alias: { ...XS_OPTIONS.alias, 'node:crypto': here('device/node-crypto.ts') },
    entryPoints: [here(`device/${name}.ts`)],
    format: 'iife',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** Runs a script made by `bundleBench`. @throws Error when anything but the memory is at fault */
export function count(image: string, script: string, flash: FlashImages, plan: Plan): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-rv32-'));
  try {
    const file = (name: string, content: string | Uint8Array) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    };
    const scriptFile = file('script.js', `const plan = ${JSON.stringify(plan)};\n${script}`);
    const { begun, full } = flash;
    const regions = [begun.ledger, begun.log, full.ledger, full.log];
    const files = regions.map((region, k) => file(`flash${k}`, region));
    return countsOf(runBare(image, [scriptFile, ...files]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function countsOf(lines: readonly (readonly string[])[]): Counts {
  const counts = new Map<Span, number[]>();
  for (const [span, instructions] of lines.slice(0, -1)) {
    const known = counts.get(span as Span) ?? [];
    counts.set(span as Span, [...known, Number(instructions)]);
  }
  const end = (lines.at(-1) ?? []).join(' ');
  if (end !== 'end well' && end !== MEMORY_FULL) throw new Error(`image: ${end}`);
  return { counts, isMemoryFull: end === MEMORY_FULL };
}
