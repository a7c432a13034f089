/**
 * Bundles what XS is to run, into build/prebundle: each npm library of the firmware as an ES module of its own, which
 * the manifests of the Moddable SDK name, and the whole firmware as one script for the bare engine of hosts/xs.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleFirmware, XS_OPTIONS } from '../hosts/xs/bundle';

/** What the firmware imports of each. */
const LIBRARIES = {
  'cbor-x': ['Encoder'],
  'mqtt-packet': ['parser', 'writeToStream'],
} as const;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'build/prebundle');

mkdirSync(FOLDER, { recursive: true });
for (const [name, exported] of Object.entries(LIBRARIES))
  await build({
    ...XS_OPTIONS,
    stdin: { contents: `export { ${exported.join(', ')} } from '${name}';`, resolveDir: ROOT },
    format: 'esm',
    outfile: join(FOLDER, `${name}.js`),
  });
writeFileSync(join(FOLDER, 'firmware.js'), await bundleFirmware());
