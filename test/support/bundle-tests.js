import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = join(ROOT, 'build');
/** What `m3ter` runs. */
const COMMAND_LINE = 'simulator/cli/main.ts';

/** What `import.meta.url` becomes, in each source its own. */
const PLACE = '__placeOfSource';

/** A bundle lies elsewhere than its sources, which find other files by where they are themselves. */
const placesOfSources = {
  name: 'places of sources',
  setup({ onLoad }) {
    onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const place = `const ${PLACE} = ${JSON.stringify(pathToFileURL(path).href)};`;
      const contents = source.includes('import.meta.url') ? `${place} ${source}` : source;
      return { contents, loader: extname(path).slice(1) };
    });
  },
};

/**
 * Bundles every test file and the command line, each for itself, with what they share in chunks. Each runs in a process of
 * its own, which would else transpile and resolve some hundred modules anew: a second's work. Libraries stay where they are.
 * @returns the folder, in build/, which goes when this process does: others may test other sources at the same time
 */
export async function bundleTests() {
  const paths = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  const tests = paths.filter(path => path.endsWith('.test.ts')).map(path => join('test', path));
  removeAbandoned();
  const outdir = join(BUILD, `test-${process.pid}`);
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    absWorkingDir: ROOT,
    entryPoints: [COMMAND_LINE, ...tests],
    outbase: '.',
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    // as in a process that tsx runs in
    keepNames: true,
    sourcemap: true,
    logLevel: 'warning',
    define: { 'import.meta.url': PLACE },
    plugins: [placesOfSources],
  });
  return outdir;
}

/** What processes left that were killed. */
function removeAbandoned() {
  mkdirSync(BUILD, { recursive: true });
  for (const name of readdirSync(BUILD)) {
    const pid = /^test-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(BUILD, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
