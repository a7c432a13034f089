import test from 'ava';
import fc from 'fast-check';
import { MAX_ENERGY, type MilliwattHours } from '../../../firmware/energy';
import { decodeCounters, encodeCounters } from '../../../firmware/ledger/counters-record';
import { type Counters, INITIAL_COUNTERS } from '../../../firmware/ledger/state';
import { bytes } from '../../support/messages';

const energy = fc.oneof(
  fc.integer({ min: 0, max: MAX_ENERGY }),
  fc.integer({ min: 0, max: 300 }),
  fc.constant(MAX_ENERGY),
) as fc.Arbitrary<MilliwattHours>;
const remainder = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999 }));
const anyCounters: fc.Arbitrary<Counters> = fc.record({
  imported: energy,
  exported: energy,
  debited: energy,
  credited: energy,
  withdrawn: energy,
  feedIn: energy,
  acknowledged: fc.integer({ min: 0, max: 0xffffffff }),
  debitRemainder: remainder,
  feedInRemainder: remainder,
  phases: fc
    .array(fc.record({ imported: energy, exported: energy }), { maxLength: 3 })
    .filter(phases => phases.length !== 1),
});

const CORRUPT = { ok: false, fault: 'corrupt' } as const;
const hex = (...fields: readonly string[]) => bytes(fields.join('').replaceAll(' ', ''));
/** A record of the first format, written down by hand. */
const OLD = '00000000000a 00000000000b 00000000000c 00000000000d 00000000000e 00000000000f 00000010';
const COUNTERS = {
  ...{ imported: 10, exported: 11, debited: 12, credited: 13, withdrawn: 14, feedIn: 15 },
  ...{ acknowledged: 16, debitRemainder: 0, feedInRemainder: 0, phases: [] },
} as unknown as Counters;
const PHASES = [
  { imported: 1, exported: 2 },
  { imported: 3, exported: 4 },
  { imported: 5, exported: 6 },
] as unknown as Counters['phases'];

test('any counters come back from their bytes as they were', t => {
  fc.assert(
    fc.property(anyCounters, counters => {
      t.deepEqual(decodeCounters(encodeCounters(counters)), { ok: true, value: counters });
    }),
  );
});

test('any bytes decode to counters or a fault, and never throw', t => {
  const any = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    ...[41, 65, 77].map(length => any(length).map(bytes => Uint8Array.of(1, ...bytes.subarray(1)))),
    fc.uint8Array({ maxLength: 100 }).map(bytes => Uint8Array.of(3, ...bytes)),
  );
  fc.assert(
    fc.property(anyBytes, bytes => {
      const decoded = decodeCounters(bytes);
      t.true(decoded.ok || decoded.fault === 'corrupt' || decoded.fault === 'newer-format');
      if (decoded.ok && bytes[0] === 3 && decoded.value.debitRemainder > 0)
        t.deepEqual(encodeCounters(decoded.value), bytes, 'one state has one encoding');
    }),
    { numRuns: 1000 },
  );
});

test('counters of the first two formats are read, and written as they were while nothing is left of a mWh', t => {
  t.deepEqual(decodeCounters(hex('01', OLD)), { ok: true, value: COUNTERS });
  t.deepEqual(encodeCounters(COUNTERS), hex('01', OLD));
  const phased = hex(
    '02',
    OLD,
    '000000000001 000000000002 000000000003 000000000004 000000000005 000000000006',
  );
  t.deepEqual(decodeCounters(phased), { ok: true, value: { ...COUNTERS, phases: PHASES } });
  t.deepEqual(encodeCounters({ ...COUNTERS, phases: PHASES }), phased);
});

test('what is left of a mWh is kept in varints, in the bytes that are documented', t => {
  const counters = {
    ...COUNTERS,
    ...{ imported: 127, exported: 128, credited: 2 ** 48 - 1, acknowledged: 0xffffffff },
    ...{ debitRemainder: 999, feedInRemainder: 1 },
  } as Counters;
  const line = '7f 8001 0c ffffffffffff3f 0e 0f ffffffff0f e707 01';
  t.deepEqual(encodeCounters(counters), hex('03', line));
  t.deepEqual(encodeCounters({ ...counters, phases: PHASES }), hex('03', line, '01 02 03 04 05 06'));
  const withoutDebit = { ...counters, debitRemainder: 0 };
  t.deepEqual(encodeCounters(withoutDebit), hex('03', line.replace('e707', '00')));
});

test('after 20 years at 20 kW, counters with remainders are smaller than those without', t => {
  const used = 20 * 8766 * 20_000_000;
  const counters = {
    ...{ ...COUNTERS, imported: used, debited: 1.3 * used, credited: 1.4 * used, acknowledged: 701_280 },
    ...{ exported: 0, feedIn: 0, withdrawn: 0, debitRemainder: 999 },
  } as Counters;
  t.is(encodeCounters(counters).length, 30);
  const third = Math.floor(used / 3) as MilliwattHours;
  const phases = new Array(3).fill({ imported: third, exported: 0 });
  t.is(encodeCounters({ ...counters, phases }).length, 51);
});

test('varints that are too long, too large, or end early or late are corrupt', t => {
  const sound = hex('03', '7f 01 0c 0d 0e 0f 10 e707 01');
  t.true(decodeCounters(sound).ok);
  for (let length = 1; length < sound.length; length++)
    t.deepEqual(decodeCounters(sound.subarray(0, length)), CORRUPT, `${length} bytes`);
  for (const more of ['01', '01 02', '01 02 03', '01 02 03 80', '01 02 03 04 05 06 07', '01 01'.repeat(4)])
    t.deepEqual(decodeCounters(hex('03', '7f 01 0c 0d 0e 0f 10 e707 01', more)), CORRUPT, more);
  for (const [what, line] of [
    ['a zero at the end', 'ff00 01 0c 0d 0e 0f 10 e707 01'],
    ['two bytes for nothing', '7f 8000 0c 0d 0e 0f 10 e707 01'],
    ['2⁴⁸ mWh', '7f 01 80808080808040 0d 0e 0f 10 e707 01'],
    ['a reading above 2³² − 1', '7f 01 0c 0d 0e 0f 8080808010 e707 01'],
    ['1000 thousandths', '7f 01 0c 0d 0e 0f 10 e807 01'],
    ['a varint without an end', '7f 01 0c 0d 0e 0f 10 e707 8080808080808080808080808080'],
  ] as const)
    t.deepEqual(decodeCounters(hex('03', line)), CORRUPT, what);
});

test('a later format, another length and no bytes are told apart', t => {
  const later = encodeCounters(INITIAL_COUNTERS);
  later[0] = 4;
  t.deepEqual(decodeCounters(later), { ok: false, fault: 'newer-format' });
  t.deepEqual(decodeCounters(later.subarray(0, 20)), { ok: false, fault: 'newer-format' });
  t.deepEqual(decodeCounters(encodeCounters(INITIAL_COUNTERS).subarray(0, 40)), CORRUPT);
  t.deepEqual(decodeCounters(new Uint8Array(0)), CORRUPT);
  for (const [format, length] of [
    [0, 41],
    [1, 65],
    [2, 41],
    [2, 53],
    [2, 89],
  ] as const)
    t.deepEqual(decodeCounters(new Uint8Array(length).fill(format, 0, 1)), CORRUPT);
});

test('a value out of its range is refused by name', t => {
  for (const count of [1, 4])
    t.throws(() => encodeCounters({ ...INITIAL_COUNTERS, phases: new Array(count).fill(PHASES[0]) }), {
      message: `counters: expected no phases, 2 or 3, got ${count}`,
    });
  for (const wrong of [-1, 0.5, MAX_ENERGY + 1, Number.NaN])
    for (const debitRemainder of [0, 1])
      t.throws(
        () => encodeCounters({ ...INITIAL_COUNTERS, debitRemainder, imported: wrong as MilliwattHours }),
        { instanceOf: RangeError },
      );
  t.throws(() => encodeCounters({ ...INITIAL_COUNTERS, debitRemainder: 1000 }), {
    message: 'record: expected an integer of 0 to 999, got 1000',
  });
});
