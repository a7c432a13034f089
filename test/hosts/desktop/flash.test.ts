import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { Files, OpenFile } from '../../../hosts/desktop/files';
import { openFlash } from '../../../hosts/desktop/flash';
import { openFlash as openNodeFlash } from '../../../hosts/node/flash';
import { sdkFiles, temporaryDirectory } from './sdk-files';

const SECTOR = 4096;
const operation = fc.oneof(
  fc.record({ sector: fc.nat(1) }),
  // close together, so that they overlap each other and the border of two sectors
  fc.record({
    offset: fc.integer({ min: SECTOR - 64, max: SECTOR + 32 }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
  }),
);

test('a new region is all ones, and what is written is there after the next start', t => {
  const directory = temporaryDirectory();
  const { ledger, log } = openFlash(sdkFiles, directory);
  t.deepEqual([ledger.size, ledger.sectorSize, log.size, log.sectorSize], [65536, SECTOR, 524288, SECTOR]);
  t.true(ledger.read(0, ledger.size).every(byte => byte === 0xff));
  t.true(log.write(524284, Uint8Array.of(1, 2, 3, 4)));
  t.deepEqual(
    openFlash(sdkFiles, directory).log.read(524280, 8),
    Uint8Array.of(255, 255, 255, 255, 1, 2, 3, 4),
  );
  t.deepEqual(readdirSync(directory).sort(), ['ledger.flash', 'log.flash']);
});

test('any writes and erases leave the same files as on Node, so that a directory serves either', t => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 20 }), operations => {
      const [here, there] = [temporaryDirectory(), temporaryDirectory()];
      const flashes = [openFlash(sdkFiles, here), openNodeFlash(there)] as const;
      for (const { ledger } of flashes)
        for (const step of operations)
          if ('sector' in step) ledger.erase(step.sector);
          else ledger.write(step.offset, step.bytes);
      const [mine, nodes] = flashes.map(({ ledger }) => ledger.read(0, 2 * SECTOR));
      flashes[1].close();
      const areEqual = ['ledger.flash', 'log.flash'].every(name =>
        readFileSync(here + name).equals(readFileSync(join(there, name))),
      );
      for (const directory of [here, there]) rmSync(directory, { recursive: true });
      return areEqual && Buffer.from(mine as Uint8Array).equals(nodes as Uint8Array);
    }),
    { numRuns: 40 },
  );
  t.pass();
});

test('a call outside the region is misuse', t => {
  const { ledger } = openFlash(sdkFiles, temporaryDirectory());
  for (const call of [
    () => ledger.read(65535, 2),
    () => ledger.read(-1, 1),
    () => ledger.write(65536, Uint8Array.of(0)),
    () => ledger.erase(16),
  ])
    t.throws(call, { instanceOf: RangeError, message: /expected bytes within 0 to 65536, got/ });
  t.deepEqual(ledger.read(65536, 0), new Uint8Array());
});

test('a file of another size is no flash of ours, and is left as it is', t => {
  const directory = temporaryDirectory();
  writeFileSync(`${directory}ledger.flash`, 'short');
  t.throws(() => openFlash(sdkFiles, directory), {
    message: `${directory}ledger.flash: expected 65536 bytes of flash, got 5`,
  });
  t.is(readFileSync(`${directory}ledger.flash`, 'utf8'), 'short');
});

test('a disk that refuses is to the meter as flash that fails', t => {
  const directory = temporaryDirectory();
  let isFull = false;
  class FullFile extends sdkFiles.File implements OpenFile {
    override write(bytes: ArrayBuffer): void {
      if (isFull) throw new Error('file write failed');
      super.write(bytes);
    }
  }
  const { ledger } = openFlash({ ...sdkFiles, File: FullFile } as Files, directory);
  t.true(ledger.write(0, Uint8Array.of(0)));
  isFull = true;
  t.false(ledger.write(1, Uint8Array.of(0)));
  t.false(ledger.erase(0));
  t.deepEqual(ledger.read(0, 2), Uint8Array.of(0, 255));
});
