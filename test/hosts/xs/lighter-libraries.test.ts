import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Encoder } from 'cbor-x';
import { type BuildFailure, type BuildOptions, build } from 'esbuild';
import fc from 'fast-check';
import type { CborValue } from '../../../firmware/attest/cbor';
import { XS_OPTIONS } from '../../../hosts/xs/bundle';
import { lighterLibraries } from '../../../hosts/xs/lighter-libraries';

/** As the firmware has them. */
const OPTIONS = { variableMapSize: true, tagUint8Array: false, mapsAsObjects: false, useRecords: false };

const scalar = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
  fc.bigInt({ min: 2n ** 32n, max: 2n ** 256n - 1n }),
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
);
const list = fc.array(scalar, { maxLength: 30 });
const value: fc.Arbitrary<CborValue> = fc.oneof(
  scalar,
  list,
  fc
    .array(fc.tuple(fc.nat(100), fc.oneof(scalar, list)), { minLength: 1, maxLength: 30 })
    .map(entries => new Map(entries)),
);

/** cbor-x as it goes into XS. */
async function lighter(): Promise<Encoder> {
  const entry = join(createRequire(import.meta.url).resolve('cbor-x'), '../../index.js');
  const { outputFiles } = await build({ ...XS_OPTIONS, entryPoints: [entry], format: 'esm', write: false });
  const text = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const library = (await import(`data:text/javascript;base64,${text}`)) as { Encoder: typeof Encoder };
  return new library.Encoder(OPTIONS as never);
}

test('without what was cut out, cbor-x writes and reads what a meter sends and gets as it did', async t => {
  const [real, ours] = [new Encoder(OPTIONS as never), await lighter()];
  fc.assert(
    fc.property(value, content => {
      const bytes = new Uint8Array(real.encode(content));
      t.deepEqual(new Uint8Array(ours.encode(content)), bytes);
      t.deepEqual(ours.decode(new Uint8Array(bytes)), real.decode(new Uint8Array(bytes)));
    }),
  );
});

test('a library in which there is not what is to be cut out does not get as far as the board', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-library-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'cbor-x'));
  const entry = join(folder, 'cbor-x/decode.js');
  writeFileSync(entry, 'export const decode = undefined;\n');
  const options: BuildOptions & { readonly write: false } = {
    ...{ entryPoints: [entry], plugins: [lighterLibraries] },
    ...{ write: false, logLevel: 'silent' },
  };
  const { errors } = await t.throwsAsync<BuildFailure>(build(options));
  t.true(errors[0]?.text.includes('decode.js: expected "i < typedArrays.length" once, got it 0 times'));
});
