import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';

const BIOME = resolve('node_modules/.bin/biome');

/** Those of the specifiers that the project's lint rules refuse in a file of `folder`. */
function refused(folder: string, specifiers: readonly string[]): string[] {
  const project = mkdtempSync(join(tmpdir(), 'm3ter-imports-'));
  try {
    cpSync('biome.json', join(project, 'biome.json'));
    mkdirSync(join(project, folder), { recursive: true });
    specifiers.forEach((specifier, index) => {
      writeFileSync(join(project, folder, `probe${index}.ts`), `import '${specifier}';\n`);
    });
    const lint = ['lint', '--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none', '.'];
    const { stdout } = spawnSync(BIOME, lint, { cwd: project, encoding: 'utf8' });
    return specifiers.filter((_, index) =>
      new RegExp(`noRestrictedImports.*probe${index}\\.ts`).test(stdout.replaceAll('\\', '/')),
    );
  } finally {
    rmSync(project, { recursive: true });
  }
}

test('firmware/ may import itself and the two libraries of the device, and nothing else', t => {
  const own = ['./energy', '../host', '@noble/hashes/sha3.js', 'mqtt-packet'];
  const foreign = [
    'node:fs',
    'node:fs/promises',
    'fs',
    'lodash',
    'lodash/get',
    'cbor-x',
    'viem',
    'embedded:io/digital',
  ];
  const outwards = ['../../hosts/node/flash', '../../simulator/house/house', '../../test/support/mosquitto'];
  t.deepEqual(refused('firmware/link', [...own, ...foreign, ...outwards]), [...foreign, ...outwards]);
});

test('hosts/ may import firmware/ and Node, not simulator/', t => {
  const specifiers = ['../../firmware/host', 'node:fs', '../../simulator/house/house'];
  t.deepEqual(refused('hosts/node', specifiers), ['../../simulator/house/house']);
});
