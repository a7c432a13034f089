import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { FileSecretStore } from '../../../hosts/node/secrets';

const never = (): Uint8Array => {
  throw new Error('no second seed is ever made');
};

function temporaryFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'm3ter-seed-')), 'seed');
}

test('the seed is made once, for its owner only, and is the same ever after', t => {
  const path = temporaryFile();
  const seed = new FileSecretStore(path, length => new Uint8Array(length).fill(7)).seed();
  t.deepEqual(seed, new Uint8Array(32).fill(7));
  t.deepEqual(new FileSecretStore(path, never).seed(), seed);
  t.is(statSync(path).mode & 0o777, 0o600);
  t.deepEqual(readdirSync(join(path, '..')), ['seed']);
});

test('what a cut left of a first start does not matter', t => {
  const path = temporaryFile();
  writeFileSync(`${path}.new`, 'half a se', { mode: 0o600 });
  t.deepEqual(
    new FileSecretStore(path, length => new Uint8Array(length).fill(7)).seed(),
    new Uint8Array(32).fill(7),
  );
});

test('a seed file of another length is refused and left as it is', t => {
  for (const content of ['', 'short', 'x'.repeat(33)]) {
    const path = temporaryFile();
    writeFileSync(path, content);
    t.throws(() => new FileSecretStore(path, never).seed(), {
      message: `seed file ${path}: expected 32 bytes, got ${content.length}`,
    });
    t.is(readFileSync(path, 'utf8'), content);
    t.false(existsSync(`${path}.new`));
  }
});

test.serial('the seed is for its owner only under any umask, whatever a cut has left', t => {
  const umask = process.umask(0);
  t.teardown(() => process.umask(umask));
  const path = temporaryFile();
  writeFileSync(`${path}.new`, 'half a se', { mode: 0o666 });
  new FileSecretStore(path, length => new Uint8Array(length).fill(7)).seed();
  t.is(statSync(path).mode & 0o777, 0o600);
});

test('a seed is not written to where a link leads', t => {
  const path = temporaryFile();
  const elsewhere = `${path}.elsewhere`;
  writeFileSync(elsewhere, '');
  symlinkSync(elsewhere, `${path}.new`);
  new FileSecretStore(path, length => new Uint8Array(length).fill(7)).seed();
  t.is(readFileSync(elsewhere).length, 0);
});

test('a seed file that others may use is refused, and left as it is', t => {
  for (const mode of [0o640, 0o604, 0o622, 0o777]) {
    const path = temporaryFile();
    writeFileSync(path, new Uint8Array(32).fill(7));
    chmodSync(path, mode);
    t.throws(() => new FileSecretStore(path, never).seed(), {
      message: `seed file ${path}: expected permissions for its owner only (chmod 600), got 0${mode.toString(8)}: others may know it`,
    });
    t.is(statSync(path).mode & 0o777, mode);
    chmodSync(path, 0o400);
    t.is(new FileSecretStore(path, never).seed().length, 32);
  }
});
