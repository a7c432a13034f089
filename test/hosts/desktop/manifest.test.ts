import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';

const FOLDER = new URL('../../../hosts/desktop/', import.meta.url);
const EXTENSIONS = ['.ts', '.c'];

interface Manifest {
  readonly modules?: Readonly<Record<string, string | readonly string[]>>;
  readonly platforms?: Readonly<Record<string, Manifest>>;
}

/** Those of this project, but for what is made by the build. */
function sources({ modules = {}, platforms = {} }: Manifest): string[] {
  const own = Object.values(modules).flat();
  return [...own, ...Object.values(platforms).flatMap(sources)].filter(
    path => path.startsWith('.') && !path.startsWith('../../build/'),
  );
}

test('the manifest names only files that there are, for every platform, and all of its own', t => {
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', FOLDER), 'utf8')) as Manifest;
  t.deepEqual(Object.keys(manifest.platforms ?? {}), ['lin', 'mac', 'win']);
  for (const path of sources(manifest)) {
    const isThere = EXTENSIONS.some(extension => existsSync(new URL(path + extension, FOLDER)));
    t.true(isThere || path === './*', path);
  }
});
