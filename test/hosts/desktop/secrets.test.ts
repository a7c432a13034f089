import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { FileSecretStore } from '../../../hosts/desktop/secrets';
import { sdkFiles, temporaryDirectory } from './sdk-files';

const never = (): Uint8Array => {
  throw new Error('no second seed is ever made');
};

test('the seed is made once, also over what a cut left of a first start, and is the same ever after', t => {
  const directory = temporaryDirectory();
  writeFileSync(`${directory}seed.new`, 'half a se');
  // as a view, of which the buffer is longer
  const random = (length: number) => new Uint8Array(length + 8).fill(7).subarray(8);
  const seed = new FileSecretStore(sdkFiles, directory, random).seed();
  t.deepEqual(seed, new Uint8Array(32).fill(7));
  t.deepEqual(new FileSecretStore(sdkFiles, directory, never).seed(), seed);
  t.deepEqual(readdirSync(directory), ['seed']);
});

test('a seed file of another length is refused and left as it is', t => {
  for (const content of ['', 'short', 'x'.repeat(33)]) {
    const directory = temporaryDirectory();
    writeFileSync(`${directory}seed`, content);
    t.throws(() => new FileSecretStore(sdkFiles, directory, never).seed(), {
      message: new RegExp(`${directory}seed: expected .*32 bytes, got ${content.length}`),
    });
    t.is(readFileSync(`${directory}seed`, 'utf8'), content);
  }
});
