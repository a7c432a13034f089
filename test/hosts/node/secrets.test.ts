import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
