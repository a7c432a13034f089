import { mkdirSync } from 'node:fs';
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
/** The apps that are built, by the name of their manifest: the module that each begins with */
const APPS: Readonly<Record<string, string>> = {
  esp32: 'hosts/esp32/main',
  desktop: 'hosts/desktop/main',
  xs: 'hosts/xs/device/main',
};
/** What runs on a board, and not on the desktop alone. */
const IS_PRELOADED = /^(firmware\/|hosts\/(chips|esp32|native|xs)\/|hosts\/[^/]+$)/;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'build/prebundle');

/**
 * Makes, in build/prebundle, what mcconfig is to link and cannot make: each npm library of the firmware as an ES module of
 * its own, and for each app a manifest that names these and every module of this project that the app comes to use, and
 * which are to be preloaded. Each by its name, since mcconfig's wildcards pass over TypeScript where they preload.
 */
export async function prebundle(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, library] of Object.entries(LIBRARIES))
    writeChanged(join(FOLDER, `${name}.js`), await bundle(name, library));
  for (const [name, main] of Object.entries(APPS))
    writeChanged(join(FOLDER, `${name}.json`), JSON.stringify(await manifest(main), null, 2));
}

async function bundle(name: string, { exported, shim }: Library): Promise<string> {
  const imported = shim === undefined ? '' : `import './hosts/shims/${shim}'; `;
  const contents = `${imported}export { ${exported.join(', ')} } from '${name}';`;
  const { outputFiles } = await build({
    ...XS_OPTIONS,
    stdin: { contents, resolveDir: ROOT },
    format: 'esm',
    // A variable's name takes ROM, 20 bytes and its letters, unless another has the same.
    minifyIdentifiers: true,
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

async function manifest(main: string) {
  const libraries = Object.keys(LIBRARIES);
  const used = await modulesOf(main);
  const modules = Object.fromEntries([
    ...libraries.map(name => [name, `./${name}`]),
    ...used.map(name => [name, `../../${name}`]),
  ]);
  const preloaded = used.filter(name => name !== main && IS_PRELOADED.test(name));
  return { modules, preload: [...libraries, ...preloaded] };
}

/** The modules of this project that one of them comes to import, itself among them. */
async function modulesOf(main: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`${main}.ts`],
    bundle: true,
    packages: 'external',
    format: 'esm',
    metafile: true,
    write: false,
  });
  return Object.keys(metafile.inputs)
    .map(path => path.replace(/\.ts$/, ''))
    .sort();
}
