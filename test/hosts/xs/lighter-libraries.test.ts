import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type BuildFailure, type BuildOptions, build } from 'esbuild';
import { lighterLibraries } from '../../../hosts/xs/lighter-libraries';

test('a library in which there is not what is to be cut out does not get as far as the board', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-library-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'mqtt-packet'));
  const entry = join(folder, 'mqtt-packet/mqtt.js');
  writeFileSync(entry, 'export const parser = undefined;\n');
  const options: BuildOptions & { readonly write: false } = {
    ...{ entryPoints: [entry], plugins: [lighterLibraries] },
    ...{ write: false, logLevel: 'silent' },
  };
  const { errors } = await t.throwsAsync<BuildFailure>(build(options));
  t.regex(errors[0]?.text ?? '', /mqtt\.js: expected "require\('\.\/generate'\)" once, got it 0 times/);
});
