import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The C of this host. */
export const XS_NATIVE = fileURLToPath(new URL('native', import.meta.url));
const BUILD = fileURLToPath(new URL('../../build/xs', import.meta.url));

/** XS as it comes in an npm package of others, whose own program is not built. */
const XS = join(dirname(createRequire(import.meta.url).resolve('@agoric/xsnap/package.json')), 'moddable/xs');

/** Parts of XS for which a meter has no use. */
const LEFT_OUT = ['xsSnapshot.c', 'xsLockdown.c', 'xsProfile.c'];

/** Of every source, ours too. */
const XS_FLAGS = [
  // XS is not ours to tidy up.
  '-w',
  '-DINCLUDE_XSPLATFORM',
  '-DXSPLATFORM="platform.h"',
  '-DmxNoConsole=1',
  '-DmxParse=1',
  '-DmxRun=1',
  '-DmxMinusZero=1',
  ...['includes', 'platforms', 'sources'].map(folder => `-I${join(XS, folder)}`),
];

/** How a program is made that has the XS engine in it. */
export interface EngineRecipe {
  /** Of the program's file, to which a digest is added */
  readonly name: string;
  readonly compiler: string;
  /** What provides it and its C library on Debian and Ubuntu. */
  readonly aptPackages: string;
  readonly flags: readonly string[];
  readonly linkFlags: readonly string[];
  /** Beside those of XS. */
  readonly sources: readonly string[];
  /** Folders, that of `platform.h` among them. */
  readonly headers: readonly string[];
}

/** For this machine, with slots of 16 bytes as on the board, which they have where pointers have 32 bits. */
const ENGINE: EngineRecipe = {
  name: 'engine',
  compiler: 'gcc',
  aptPackages: 'gcc-multilib',
  flags: ['-m32', '-O2', '-fno-common'],
  linkFlags: ['-lm', '-lpthread'],
  sources: ['engine.c', 'heap.c', 'report.c'].map(name => join(XS_NATIVE, name)),
  headers: [XS_NATIVE],
};

/**
 * Compiles the engine, some 10 s on two cores, unless it has been, from these very sources.
 * @returns the program's path
 * @throws Error when there is no gcc, or it cannot compile for 32 bits, or what it says
 */
export function buildEngine(): Promise<string> {
  return buildWithXs(ENGINE);
}

/** As `buildEngine`, any program. */
export async function buildWithXs(recipe: EngineRecipe): Promise<string> {
  const xs = filesOf(join(XS, 'sources')).filter(
    path => path.endsWith('.c') && !LEFT_OUT.includes(basename(path)),
  );
  const sources = [...xs, ...recipe.sources];
  const program = join(BUILD, `${recipe.name}-${digestOf(recipe, sources)}`);
  if (existsSync(program)) return program;
  mkdirSync(BUILD, { recursive: true });
  // Another process may build it at the same time: whoever is last puts the same program in the same place.
  const scratch = mkdtempSync(join(BUILD, `${recipe.name}-`));
  try {
    await compile(recipe, sources, scratch);
    renameSync(join(scratch, recipe.name), program);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return program;
}

async function compile(recipe: EngineRecipe, sources: readonly string[], folder: string): Promise<void> {
  const flags = [...recipe.flags, ...recipe.headers.map(path => `-I${path}`), ...XS_FLAGS];
  const left = [...sources];
  const work = async () => {
    for (let source = left.pop(); source !== undefined; source = left.pop())
      await run(recipe, folder, [...flags, '-c', source]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const objects = sources.map(source => basename(source).replace(/c$/, 'o'));
  await run(recipe, folder, [...recipe.flags, ...objects, ...recipe.linkFlags, '-o', recipe.name]);
}

function run(recipe: EngineRecipe, cwd: string, args: readonly string[]): Promise<void> {
  const { compiler, aptPackages } = recipe;
  return new Promise((resolve, reject) => {
    const child = spawn(compiler, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', chunk => {
      complaint += chunk;
    });
    child.on('error', () =>
      reject(new Error(`${compiler}: not found; Debian and Ubuntu have it in ${aptPackages}`)),
    );
    child.on('close', code => {
      if (code === 0) resolve();
      else reject(new Error(`${compiler}: ${explanation(complaint, aptPackages)}`));
    });
  });
}

function explanation(complaint: string, aptPackages: string): string {
  const isLibraryMissing = /bits\/|gnu\/stubs-32|cannot find -l|skipping incompatible|spec file/.test(
    complaint,
  );
  return isLibraryMissing
    ? `cannot compile for 32 bits; Debian and Ubuntu have what it lacks in ${aptPackages}`
    : complaint;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).map(name => join(folder, name));
}

function digestOf(recipe: EngineRecipe, sources: readonly string[]): string {
  const words = [recipe.compiler, ...recipe.flags, ...recipe.linkFlags, ...XS_FLAGS];
  const headers = recipe.headers.flatMap(filesOf).filter(path => path.endsWith('.h'));
  const hash = createHash('sha256').update(words.join(' '));
  for (const file of [...sources, ...headers]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
