import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';

const DOCUMENT = readFileSync('docs/provisioning.md', 'utf8');

/** The `console` blocks: what is typed, and what it prints. */
const STEPS = [...DOCUMENT.matchAll(/```console\n\$ ((?:[^\n]*\\\n)*[^\n]*)\n(.*?)```/gs)];

test('the commands of docs/provisioning.md print what it says', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-provisioning-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, 'meter'));
  writeFileSync(join(folder, 'meter/seed'), new Uint8Array(Buffer.from('2a'.padStart(64, '0'), 'hex')), {
    mode: 0o600,
  });
  write('owner.key', '1'.padStart(64, '0'));
  write('registrar.key', '3'.padStart(64, '0'));
  write('wifi.txt', 'correct horse battery\n');
  const m3ter = `#!/bin/sh\nexec ${process.execPath} ${resolve('simulator/m3ter.js')} "$@"\n`;
  writeFileSync(join(folder, 'm3ter'), m3ter, { mode: 0o755 });
  t.true(STEPS.length >= 4);
  for (const [, command = '', output = ''] of STEPS) {
    const script = `PATH=$PWD:$PATH; ${command}`;
    const run = await promisify(execFile)('sh', ['-c', script], { cwd: folder }).catch(failed => failed);
    t.is(`${run.stdout}${run.stderr}`.trimEnd(), output.trimEnd(), command);
  }
});
