import test from 'ava';
import fc from 'fast-check';
import { PartitionRegion } from '../../../hosts/esp32/flash-region';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { fakeFlash } from './fake-flash';

const SIZE = 0x10000;

function fresh() {
  const flash = new EmulatedFlash({ size: SIZE, prng: new Prng('region') });
  const region = new PartitionRegion({ io: fakeFlash({ ledger: flash }), path: 'ledger', size: SIZE });
  return { flash, region };
}

test('a region has the sizes of its partition', t => {
  const { region } = fresh();
  t.deepEqual([region.size, region.sectorSize], [SIZE, 4096]);
});

test('what is written anywhere is read back, and no other byte changes', t => {
  const place = fc
    .record({ offset: fc.nat(SIZE), bytes: fc.uint8Array({ maxLength: 300 }) })
    .filter(({ offset, bytes }) => offset + bytes.length <= SIZE);
  fc.assert(
    fc.property(place, ({ offset, bytes }) => {
      const { region } = fresh();
      // a view into a larger buffer, as records are
      const view = Uint8Array.of(1, 2, ...bytes, 3).subarray(2, 2 + bytes.length);
      const isWritten = region.write(offset, view);
      const whole = region.read(0, SIZE);
      const isRight = whole.every((byte, k) => byte === (bytes[k - offset] ?? 0xff));
      return isWritten && isRight && region.read(offset, bytes.length).length === bytes.length;
    }),
    { numRuns: 50 },
  );
  t.pass();
});

test('erasing a sector sets its bits and leaves the others', t => {
  const { region } = fresh();
  for (const offset of [4095, 4096, 8191, 8192]) t.true(region.write(offset, Uint8Array.of(0)));
  t.true(region.erase(1));
  t.deepEqual(
    [4095, 4096, 8191, 8192].map(offset => region.read(offset, 1)[0]),
    [0, 0xff, 0xff, 0],
  );
});

test('a device that fails is reported, and not thrown', t => {
  const { flash, region } = fresh();
  flash.wearOut(2, 'refuses');
  t.false(region.write(8192, Uint8Array.of(1)));
  t.false(region.erase(2));
  t.true(region.erase(3));
});

test('a call outside the region is misuse', t => {
  const { region } = fresh();
  const message = (call: string, length: number, offset: number) =>
    `${call}: expected bytes within 0 to ${SIZE}, got ${length} at ${offset}`;
  t.throws(() => region.read(SIZE - 1, 2), { instanceOf: RangeError, message: message('read', 2, SIZE - 1) });
  t.throws(() => region.read(-1, 1), { message: message('read', 1, -1) });
  t.throws(() => region.write(SIZE, Uint8Array.of(1)), { message: message('write', 1, SIZE) });
  t.throws(() => region.erase(16), { message: message('erase', 4096, SIZE) });
});

test('a partition that is missing or of another size keeps the meter from being', t => {
  const flash = new EmulatedFlash({ size: 8192, prng: new Prng('small') });
  const io = fakeFlash({ ledger: flash });
  t.throws(() => new PartitionRegion({ io, path: 'log', size: 8192 }), { message: "can't find partition" });
  t.throws(() => new PartitionRegion({ io, path: 'ledger', size: SIZE }), {
    message: `partition ledger: expected ${SIZE} bytes, got 8192`,
  });
});
