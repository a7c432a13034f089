import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OURS = fileURLToPath(new URL('native', import.meta.url));
const BUILD = fileURLToPath(new URL('../../build/xs', import.meta.url));

/** XS as it comes in an npm package of others, whose own program is not built. */
const XS = join(dirname(createRequire(import.meta.url).resolve('@agoric/xsnap/package.json')), 'moddable/xs');

/** Parts of XS for which a meter has no use. */
const LEFT_OUT = ['xsSnapshot.c', 'xsLockdown.c', 'xsProfile.c'];

const FLAGS = [
  // Slots have 16 bytes where pointers have 32 bits, as on the board.
  '-m32',
  '-O2',
  '-fno-common',
  // XS is not ours to tidy up.
  '-w',
  '-DINCLUDE_XSPLATFORM',
  '-DXSPLATFORM="platform.h"',
  '-DmxNoConsole=1',
  '-DmxParse=1',
  '-DmxRun=1',
  '-DmxMinusZero=1',
  ...['includes', 'platforms', 'sources'].map(folder => `-I${join(XS, folder)}`),
  `-I${OURS}`,
];
const LIBRARIES = ['-lm', '-lpthread'];

/**
 * Compiles the engine, some 10 s on two cores, unless it has been, from these very sources.
 * @returns the program's path
 * @throws Error when there is no gcc, or it cannot compile for 32 bits, or what it says
 */
export async function buildEngine(): Promise<string> {
  const sources = [
    ...filesOf(join(XS, 'sources')).filter(path => path.endsWith('.c') && !LEFT_OUT.includes(basename(path))),
    ...filesOf(OURS).filter(path => path.endsWith('.c')),
  ];
  const engine = join(BUILD, `engine-${hashOf([...sources, ...filesOf(OURS)])}`);
  if (existsSync(engine)) return engine;
  mkdirSync(BUILD, { recursive: true });
  // Another process may build it at the same time: whoever is last puts the same program in the same place.
  const scratch = mkdtempSync(join(BUILD, 'engine-'));
  try {
    await compile(sources, scratch);
    renameSync(join(scratch, 'engine'), engine);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return engine;
}

async function compile(sources: readonly string[], folder: string): Promise<void> {
  const left = [...sources];
  const work = async () => {
    for (let source = left.pop(); source !== undefined; source = left.pop())
      await gcc(folder, [...FLAGS, '-c', source]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const objects = sources.map(source => basename(source).replace(/c$/, 'o'));
  await gcc(folder, ['-m32', ...objects, ...LIBRARIES, '-o', 'engine']);
}

function gcc(cwd: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('gcc', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', chunk => {
      complaint += chunk;
    });
    child.on('error', () => reject(new Error('gcc: not found; Debian and Ubuntu have it in gcc-multilib')));
    child.on('close', code => {
      if (code === 0) resolve();
      else reject(new Error(explanation(complaint)));
    });
  });
}

function explanation(complaint: string): string {
  const is32BitMissing = /bits\/|gnu\/stubs-32|cannot find -l|skipping incompatible/.test(complaint);
  return is32BitMissing
    ? 'gcc: cannot compile for 32 bits; Debian and Ubuntu have what it lacks in gcc-multilib'
    : `gcc: ${complaint}`;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).map(name => join(folder, name));
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
