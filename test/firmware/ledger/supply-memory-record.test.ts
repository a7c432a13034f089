import test from 'ava';
import fc from 'fast-check';
import { MAX_ENERGY, type MilliwattHours } from '../../../firmware/energy';
import { INITIAL_MEMORY, type SupplyMemory } from '../../../firmware/ledger/supply-memory';
import { decodeMemory, encodeMemory } from '../../../firmware/ledger/supply-memory-record';
import { bytes } from '../../support/messages';

const u = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const anyMemory: fc.Arbitrary<SupplyMemory> = fc.record({
  switchings: u(32),
  emergencyAt: fc.option(fc.integer({ min: 0, max: MAX_ENERGY }), { nil: undefined }) as fc.Arbitrary<
    MilliwattHours | undefined
  >,
  isUnarmed: fc.boolean(),
  isSpared: fc.boolean(),
  isTampered: fc.boolean(),
  isSuspended: fc.boolean(),
  loadCuts: u(8),
  cutsUnder: u(32),
});

const CORRUPT = { ok: false, fault: 'corrupt' } as const;

test('any supply memory comes back from its bytes as it was', t => {
  fc.assert(
    fc.property(anyMemory, memory => {
      t.deepEqual(decodeMemory(encodeMemory(memory)), { ok: true, value: memory });
    }),
  );
});

test('a supply memory is kept in the bytes that are documented', t => {
  const memory = {
    ...{ switchings: 258, emergencyAt: 5_000_000 as MilliwattHours, loadCuts: 3, cutsUnder: 9 },
    ...{ isUnarmed: true, isSpared: false, isTampered: true, isSuspended: true },
  };
  t.deepEqual(encodeMemory(memory), bytes('01 1d 00000102 0000004c4b40 03 00000009'.replaceAll(' ', '')));
  t.deepEqual(encodeMemory(INITIAL_MEMORY), bytes(`01${'00'.repeat(16)}`));
  const atOnce = { ...INITIAL_MEMORY, emergencyAt: 0 as MilliwattHours, isSpared: true };
  t.deepEqual(encodeMemory(atOnce), bytes(`010a${'00'.repeat(15)}`));
});

test('without a record it is that of a meter never used', t => {
  t.deepEqual(decodeMemory(undefined), { ok: true, value: INITIAL_MEMORY });
});

test('another length is corrupt, and a later format is told apart', t => {
  for (const length of [0, 1, 16, 18]) t.deepEqual(decodeMemory(new Uint8Array(length).fill(1)), CORRUPT);
  t.deepEqual(decodeMemory(new Uint8Array(17)), CORRUPT);
  t.deepEqual(decodeMemory(new Uint8Array(30).fill(2)), { ok: false, fault: 'newer-format' });
});

test('a value out of its range is refused', t => {
  t.throws(() => encodeMemory({ ...INITIAL_MEMORY, loadCuts: 256 }), { instanceOf: RangeError });
  t.throws(() => encodeMemory({ ...INITIAL_MEMORY, switchings: -1 }), { instanceOf: RangeError });
});
