import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { XS_OPTIONS } from '../xs/bundle';

/** What the firmware imports of each, and where the package has its typings. */
const LIBRARIES = {
  'cbor-x': { exported: ['Encoder'], typings: 'index' },
  'mqtt-packet': { exported: ['parser', 'writeToStream'], typings: 'types/index' },
} as const;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'build/prebundle');

/**
 * Makes, in build/prebundle, what mcconfig is to link and cannot make: each npm library of the firmware as an ES module of
 * its own, and a manifest that names these and every module of the firmware, all to be preloaded. Each by its name, since
 * mcconfig's wildcards pass over TypeScript where they preload.
 */
export async function prebundle(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, { exported, typings }] of Object.entries(LIBRARIES)) {
    await build({
      ...XS_OPTIONS,
      stdin: { contents: `export { ${exported.join(', ')} } from '${name}';`, resolveDir: ROOT },
      format: 'esm',
      outfile: join(FOLDER, `${name}.js`),
    });
    // mcconfig's own run of the TypeScript compiler looks beside the module.
    const typed = `export * from '../../node_modules/${name}/${typings}';\n`;
    writeFileSync(join(FOLDER, `${name}.d.ts`), typed);
  }
  writeFileSync(join(FOLDER, 'manifest.json'), JSON.stringify(manifest(), null, 2));
}

function manifest() {
  const files = readdirSync(join(ROOT, 'firmware'), { recursive: true, encoding: 'utf8' });
  const names = files
    .filter(path => path.endsWith('.ts'))
    .map(path => `firmware/${path.slice(0, -3).replaceAll('\\', '/')}`)
    .sort();
  const modules = Object.fromEntries([
    ...Object.keys(LIBRARIES).map(name => [name, `./${name}`]),
    ...names.map(name => [name, `../../${name}`]),
  ]);
  return { modules, preload: Object.keys(modules) };
}
