import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeChanged } from '../native/toolchain/write-changed';
import { XS_OPTIONS } from '../xs/bundle';

interface Library {
  /** What the firmware imports of it. */
  readonly exported: readonly string[];
  /** In hosts/shims, to be run before it. */
  readonly shim?: string;
}

const LIBRARIES: Readonly<Record<string, Library>> = {
  'cbor-x': { exported: ['Encoder'], shim: 'typed-array-names' },
  'mqtt-packet': { exported: ['parser', 'writeToStream'] },
};
const PRELOADED_HOSTS = ['hosts/esp32', 'hosts/native', 'hosts/xs/device'];
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'build/prebundle');

/**
 * Makes, in build/prebundle, what mcconfig is to link and cannot make: each npm library of the firmware as an ES module of
 * its own, and a manifest that names these and every module of the firmware, and what is to be preloaded. Each by its
 * name, since mcconfig's wildcards pass over TypeScript where they preload.
 */
export async function prebundle(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, library] of Object.entries(LIBRARIES))
    writeChanged(join(FOLDER, `${name}.js`), await bundle(name, library));
  writeChanged(join(FOLDER, 'manifest.json'), JSON.stringify(manifest(), null, 2));
}

async function bundle(name: string, { exported, shim }: Library): Promise<string> {
  const imported = shim === undefined ? '' : `import './hosts/shims/${shim}'; `;
  const contents = `${imported}export { ${exported.join(', ')} } from '${name}';`;
  const { outputFiles } = await build({
    ...XS_OPTIONS,
    stdin: { contents, resolveDir: ROOT },
    format: 'esm',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

function manifest() {
  const firmware = modulesIn('firmware');
  const modules = Object.fromEntries([
    ...Object.keys(LIBRARIES).map(name => [name, `./${name}`]),
    ...firmware.map(name => [name, `../../${name}`]),
  ]);
  // What a build does not have is not preloaded either.
  const hosts = PRELOADED_HOSTS.flatMap(modulesIn).filter(name => !name.endsWith('/main'));
  return { modules, preload: [...Object.keys(modules), ...hosts, 'hosts/byte-queue', 'hosts/link-document'] };
}

function modulesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map(path => `${folder}/${path.slice(0, -3).replaceAll('\\', '/')}`)
    .sort();
}
