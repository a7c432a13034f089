import test from 'ava';
import fc from 'fast-check';
import { MAX_ENERGY, type MilliwattHours } from '../../../firmware/energy';
import {
  balanceOf,
  type Counters,
  decodeCounters,
  decodeSettings,
  encodeCounters,
  encodeSettings,
  INITIAL_COUNTERS,
  INITIAL_SETTINGS,
  type Settings,
} from '../../../firmware/ledger/state';

const energy = fc.integer({ min: 0, max: MAX_ENERGY }) as fc.Arbitrary<MilliwattHours>;
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.maxSafeNat();
const block = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const chain = fc.record({ sequence: u32, digest: block(32) });

const anyCounters: fc.Arbitrary<Counters> = fc.record({
  imported: energy,
  exported: energy,
  debited: energy,
  credited: energy,
  withdrawn: energy,
  feedIn: energy,
  acknowledged: u32,
});
const anySettings: fc.Arbitrary<Settings> = fc.record({
  link: fc.option(fc.record({ chainId: u64, registry: block(20), m3terId: fc.bigInt(0n, 2n ** 256n - 1n) }), {
    nil: undefined,
  }),
  roles: fc.option(fc.record({ version: u32, owner: block(20), operator: block(20) }), { nil: undefined }),
  order: fc.record({ version: u32, state: fc.integer({ min: 0, max: 255 }), powerLimit: u32, until: u64 }),
  readings: chain,
  events: chain,
  eventsDelivered: u32,
});

test('any counters come back from their bytes as they were', t => {
  fc.assert(
    fc.property(anyCounters, counters => {
      t.deepEqual(decodeCounters(encodeCounters(counters)), { ok: true, value: counters });
    }),
  );
});

test('any settings come back from their bytes as they were', t => {
  fc.assert(
    fc.property(anySettings, settings => {
      t.deepEqual(decodeSettings(encodeSettings(settings)), { ok: true, value: settings });
    }),
  );
});

test('any bytes decode to a value or a fault, and never throw', t => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    ...[41, 200].map(length => block(length).map(bytes => Uint8Array.of(1, ...bytes.subarray(1)))),
  );
  fc.assert(
    fc.property(anyBytes, bytes => {
      for (const decoded of [decodeCounters(bytes), decodeSettings(bytes)])
        t.true(decoded.ok || decoded.fault === 'corrupt' || decoded.fault === 'newer-format');
    }),
  );
});

test('a later format, another length and no bytes are told apart', t => {
  const later = encodeCounters(INITIAL_COUNTERS);
  later[0] = 2;
  t.deepEqual(decodeCounters(later), { ok: false, fault: 'newer-format' });
  t.deepEqual(decodeCounters(later.subarray(0, 20)), { ok: false, fault: 'newer-format' });
  t.deepEqual(decodeCounters(encodeCounters(INITIAL_COUNTERS).subarray(0, 40)), {
    ok: false,
    fault: 'corrupt',
  });
  t.deepEqual(decodeSettings(new Uint8Array(0)), { ok: false, fault: 'corrupt' });
});

test('a value out of its range is refused by name', t => {
  const order = { ...INITIAL_SETTINGS.order, powerLimit: 2 ** 32 };
  t.throws(() => encodeSettings({ ...INITIAL_SETTINGS, order }), { instanceOf: RangeError });
  const link = { chainId: 1, registry: new Uint8Array(20), m3terId: 2n ** 256n };
  t.throws(() => encodeSettings({ ...INITIAL_SETTINGS, link }), { message: /m3terId: expected a uint256/ });
  const short = { ...link, m3terId: 1n, registry: new Uint8Array(19) };
  t.throws(() => encodeSettings({ ...INITIAL_SETTINGS, link: short }), { message: /20 bytes, got 19/ });
});

test('the balance is what was bought and earned, less what was withdrawn and used', t => {
  const counters = { ...INITIAL_COUNTERS, credited: 100, withdrawn: 20, feedIn: 5, debited: 90 } as Counters;
  t.is(balanceOf(counters), -5 as MilliwattHours);
});
