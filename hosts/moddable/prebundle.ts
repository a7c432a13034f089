import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { writeChanged } from '../native/toolchain/write-changed';
import { XS_OPTIONS } from '../xs/bundle';
import { plainProperties } from '../xs/plain-properties';

/** The libraries, and what the firmware imports of each */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'mqtt-packet': ['parser', 'writeToStream'],
  '@noble/ed25519': ['Point'],
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
 * its own; every module of this project that an app comes to use, in JavaScript and with plain properties; and for each
 * app a manifest that names these, and which are to be preloaded.
 * @param debug leaves variables their names, for the debugger to show
 */
export async function prebundle(debug = false): Promise<void> {
  for (const [name, exported] of Object.entries(LIBRARIES)) {
    const path = join(FOLDER, `${name}.js`);
    mkdirSync(dirname(path), { recursive: true });
    writeChanged(path, await bundle(name, exported));
  }
  for (const [name, main] of Object.entries(APPS)) {
    const modules = await modulesOf(main);
    for (const module of modules) await writeModule(module, debug);
    writeChanged(join(FOLDER, `${name}.json`), JSON.stringify(manifest(main, modules), null, 2));
  }
}

async function bundle(name: string, exported: readonly string[]): Promise<string> {
  const contents = `export { ${exported.join(', ')} } from '${name}';`;
  const { outputFiles } = await build({
    ...XS_OPTIONS,
    stdin: { contents, resolveDir: ROOT },
    format: 'esm',
    // See `writeModule`.
    minifyIdentifiers: true,
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** With a source map, by which the debugger shows the source itself. */
async function writeModule(name: string, debug: boolean): Promise<void> {
  const source = join(ROOT, `${name}.ts`);
  const path = join(FOLDER, 'modules', `${name}.js`);
  mkdirSync(dirname(path), { recursive: true });
  const { code, map } = await transform(readFileSync(source, 'utf8'), {
    loader: 'ts',
    target: XS_OPTIONS.target,
    sourcefile: relative(dirname(path), source),
    sourcemap: 'external',
    sourcesContent: false,
  });
  // A variable's name takes ROM, 20 bytes and its letters, unless another has the same. No line moves.
  const made = await transform(plainProperties(code), { minifyIdentifiers: !debug });
  writeChanged(`${path}.map`, map);
  writeChanged(path, `${made.code}//# sourceMappingURL=${name.replace(/.*\//, '')}.js.map\n`);
}

function manifest(main: string, used: readonly string[]) {
  const libraries = Object.keys(LIBRARIES);
  const modules = Object.fromEntries([
    ...libraries.map(name => [name, `./${name}`]),
    ...used.map(name => [name, `./modules/${name}`]),
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
