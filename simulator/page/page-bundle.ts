import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLIENT = join(ROOT, 'simulator/page/client');
const CACHE = join(ROOT, 'build/page.json');
/** What the page depends on besides its sources: how it is made, and which libraries are installed. */
const CIRCUMSTANCES = ['simulator/page/page-bundle.ts', 'package-lock.json'];

/** A file that the page consists of. */
export interface PageFile {
  readonly type: string;
  readonly body: string;
}

interface Bundle {
  /** SHA-256 of all that it was made of, by path from the root */
  readonly sources: Readonly<Record<string, string>>;
  readonly script: string;
  readonly style: string;
}

/** The page, made anew when its sources or libraries have changed since it was made last. @returns by path */
export async function bundlePage(): Promise<ReadonlyMap<string, PageFile>> {
  const { script, style } = kept() ?? (await make());
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: readFileSync(join(CLIENT, 'index.html'), 'utf8') }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', body: script }],
    ['/page.css', { type: 'text/css; charset=utf-8', body: style }],
  ]);
}

/** Undefined when there is none that can be read, or something has changed. */
function kept(): Bundle | undefined {
  try {
    const bundle: Bundle = JSON.parse(readFileSync(CACHE, 'utf8'));
    const isFresh = Object.entries(bundle.sources).every(([path, hash]) => hashOf(path) === hash);
    return isFresh ? bundle : undefined;
  } catch {
    return undefined;
  }
}

async function make(): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: { page: join(CLIENT, 'main.tsx') },
    absWorkingDir: ROOT,
    outdir: '/',
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  });
  const own = Object.keys(metafile.inputs).filter(path => !path.startsWith('node_modules/'));
  const sources = Object.fromEntries([...CIRCUMSTANCES, ...own].map(path => [path, hashOf(path)]));
  const output = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  const bundle = { sources, script: output('.js'), style: output('.css') };
  keep(bundle);
  return bundle;
}

/** Under a name of its own until it is whole: others may be making it too. */
function keep(bundle: Bundle): void {
  const temporary = `${CACHE}.${process.pid}`;
  mkdirSync(dirname(CACHE), { recursive: true });
  writeFileSync(temporary, JSON.stringify(bundle));
  renameSync(temporary, CACHE);
}

function hashOf(path: string): string {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, path)))
    .digest('hex');
}
