import test from 'ava';
import fc from 'fast-check';
import { MAX_ENERGY, type MilliwattHours } from '../../../firmware/energy';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
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
import { bytes } from '../../support/messages';

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
  phases: fc
    .array(fc.record({ imported: energy, exported: energy }), { maxLength: 3 })
    .filter(phases => phases.length !== 1),
});
const u16 = fc.integer({ min: 0, max: 0xffff });
const anyPolicy = fc.record({
  version: fc.integer({ min: 1, max: 0xffffffff }),
  sealed: fc.integer({ min: 0, max: 255 }),
  nominalVoltage: u16,
  sag: u16,
  swell: u16,
  interruption: u16,
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
  calibration: fc.oneof(fc.constant(new Uint8Array(32)), block(32)),
  policy: fc.oneof(fc.constant(INITIAL_POLICY), anyPolicy),
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
    ...[65, 77, 245].map(length => block(length).map(bytes => Uint8Array.of(2, ...bytes.subarray(1)))),
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
  later[0] = 3;
  t.deepEqual(decodeCounters(later), { ok: false, fault: 'newer-format' });
  t.deepEqual(decodeCounters(later.subarray(0, 20)), { ok: false, fault: 'newer-format' });
  t.deepEqual(decodeCounters(encodeCounters(INITIAL_COUNTERS).subarray(0, 40)), {
    ok: false,
    fault: 'corrupt',
  });
  t.deepEqual(decodeSettings(new Uint8Array(0)), { ok: false, fault: 'corrupt' });
  for (const [format, length] of [
    [0, 41],
    [1, 65],
    [2, 41],
    [2, 53],
    [2, 89],
  ] as const)
    t.deepEqual(decodeCounters(new Uint8Array(length).fill(format, 0, 1)), { ok: false, fault: 'corrupt' });
  t.deepEqual(decodeSettings(new Uint8Array(200).fill(2, 0, 1)), { ok: false, fault: 'corrupt' });
  t.deepEqual(decodeSettings(new Uint8Array(245).fill(1, 0, 1)), { ok: false, fault: 'corrupt' });
});

/** Records of the format before per-phase registers, calibration and policy, written down by hand. */
const OLD_COUNTERS = [
  '01',
  '00000000000a 00000000000b 00000000000c 00000000000d 00000000000e 00000000000f',
  '00000010',
];
const OLD_SETTINGS = [
  '01',
  `01 0000000000000064 ${'11'.repeat(20)} ${'00'.repeat(31)}07`,
  `01 00000002 ${'22'.repeat(20)} ${'33'.repeat(20)}`,
  '00000003 00 000005dc 0000000065920080',
  `00000004 ${'44'.repeat(32)} 00000005 ${'55'.repeat(32)} 00000006`,
];
const record = (fields: readonly string[]) => bytes(fields.join('').replaceAll(' ', ''));
const COUNTERS: Counters = {
  imported: 10,
  exported: 11,
  debited: 12,
  credited: 13,
  withdrawn: 14,
  feedIn: 15,
  acknowledged: 16,
  phases: [],
} as unknown as Counters;
const SETTINGS: Settings = {
  link: { chainId: 100, registry: new Uint8Array(20).fill(0x11), m3terId: 7n },
  roles: { version: 2, owner: new Uint8Array(20).fill(0x22), operator: new Uint8Array(20).fill(0x33) },
  order: { version: 3, state: 0, powerLimit: 1500, until: 1_704_067_200 },
  readings: { sequence: 4, digest: new Uint8Array(32).fill(0x44) },
  events: { sequence: 5, digest: new Uint8Array(32).fill(0x55) },
  eventsDelivered: 6,
  calibration: new Uint8Array(32),
  policy: INITIAL_POLICY,
};

test('records of the first format are read, and written as they were while nothing new is in them', t => {
  t.deepEqual(decodeCounters(record(OLD_COUNTERS)), { ok: true, value: COUNTERS });
  t.deepEqual(encodeCounters(COUNTERS), record(OLD_COUNTERS));
  t.deepEqual(decodeSettings(record(OLD_SETTINGS)), { ok: true, value: SETTINGS });
  t.deepEqual(encodeSettings(SETTINGS), record(OLD_SETTINGS));
});

test('what is new stands behind the rest, in the bytes that are documented', t => {
  const phases = [
    { imported: 1, exported: 2 },
    { imported: 3, exported: 4 },
    { imported: 5, exported: 6 },
  ] as unknown as Counters['phases'];
  const perPhase = ['000000000001 000000000002 000000000003 000000000004 000000000005 000000000006'];
  const [, ...counters] = OLD_COUNTERS;
  t.deepEqual(encodeCounters({ ...COUNTERS, phases }), record(['02', ...counters, ...perPhase]));
  const policy = { version: 9, sealed: 0, nominalVoltage: 120, sag: 850, swell: 1150, interruption: 10 };
  const calibration = new Uint8Array(32).fill(0x66);
  const [, ...settings] = OLD_SETTINGS;
  t.deepEqual(
    encodeSettings({ ...SETTINGS, calibration, policy }),
    record(['02', ...settings, '66'.repeat(32), '00000009 00 0078 0352 047e 000a']),
  );
});

test('a value out of its range is refused by name', t => {
  const order = { ...INITIAL_SETTINGS.order, powerLimit: 2 ** 32 };
  t.throws(() => encodeSettings({ ...INITIAL_SETTINGS, order }), { instanceOf: RangeError });
  const link = { chainId: 1, registry: new Uint8Array(20), m3terId: 2n ** 256n };
  t.throws(() => encodeSettings({ ...INITIAL_SETTINGS, link }), { message: /m3terId: expected a uint256/ });
  const short = { ...link, m3terId: 1n, registry: new Uint8Array(19) };
  t.throws(() => encodeSettings({ ...INITIAL_SETTINGS, link: short }), { message: /20 bytes, got 19/ });
  const policy = { ...INITIAL_POLICY, version: 1, sag: 2 ** 16 };
  t.throws(() => encodeSettings({ ...INITIAL_SETTINGS, policy }), { instanceOf: RangeError });
  const phase = { imported: 1, exported: 1 } as unknown as Counters['phases'][0];
  for (const count of [1, 4])
    t.throws(() => encodeCounters({ ...INITIAL_COUNTERS, phases: new Array(count).fill(phase) }), {
      message: `counters: expected no phases, 2 or 3, got ${count}`,
    });
});

test('the balance is what was bought and earned, less what was withdrawn and used', t => {
  const counters = { ...INITIAL_COUNTERS, credited: 100, withdrawn: 20, feedIn: 5, debited: 90 } as Counters;
  t.is(balanceOf(counters), -5 as MilliwattHours);
});
