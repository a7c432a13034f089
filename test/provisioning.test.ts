import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { folderFor, readDocument, runSteps, stepsOf } from './docs/document';

test('the commands of docs/provisioning.md print what it says', async t => {
  const folder = folderFor(t);
  const steps = stepsOf(readDocument('provisioning.md'));
  mkdirSync(join(folder, 'meter'));
  const seed = new Uint8Array(Buffer.from('2a'.padStart(64, '0'), 'hex'));
  writeFileSync(join(folder, 'meter/seed'), seed, { mode: 0o600 });
  writeFileSync(join(folder, 'wifi.txt'), 'correct horse battery\n');
  t.true(steps.length >= 4);
  await runSteps(t, folder, steps);
});
