import test from 'ava';
import fc from 'fast-check';
import { ZERO_ADDRESS } from '../../../firmware/attest/address';
import { POLICY } from '../../../firmware/attest/signed-types';
import type { MilliwattHours } from '../../../firmware/energy';
import { INITIAL_POLICY, POLICY_NAMES, type PolicySetting } from '../../../firmware/ledger/policy';
import {
  balanceOf,
  type Counters,
  decodeSettings,
  encodeSettings,
  INITIAL_COUNTERS,
  INITIAL_SETTINGS,
  type Settings,
} from '../../../firmware/ledger/state';
import { bytes } from '../../support/messages';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.maxSafeNat();
const block = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const chain = fc.record({ sequence: u32, digest: block(32) });

const u = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const anyPolicy = fc.record(
  Object.fromEntries([
    ['version', fc.integer({ min: 1, max: 0xffffffff })],
    ...POLICY_NAMES.map(name => [name, u(Number(POLICY.fields[name].replace('uint', '')))] as const),
  ]),
) as unknown as fc.Arbitrary<PolicySetting>;
/** Only what there was in the second format. */
const anyShortPolicy = anyPolicy.map(({ version, sealed, nominalVoltage, sag, swell, interruption }) => ({
  ...{ ...INITIAL_POLICY, version, sealed, nominalVoltage, sag, swell, interruption },
}));
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
  policy: fc.oneof(fc.constant(INITIAL_POLICY), anyShortPolicy, anyPolicy),
  registrar: fc.oneof(fc.constant(ZERO_ADDRESS), block(20)),
  // what there is of a former name came with a reset
  ...{ resetVersion: u32.filter(version => version > 0), formerReading: u32, formerEvent: u32 },
  triedFirmware: u32,
});
const anyWithoutReset = anySettings.map(settings => ({
  ...{ ...settings, resetVersion: 0, formerReading: 0, formerEvent: 0 },
}));

test('any settings come back from their bytes as they were', t => {
  fc.assert(
    fc.property(fc.oneof(anySettings, anyWithoutReset), settings => {
      t.deepEqual(decodeSettings(encodeSettings(settings)), { ok: true, value: settings });
    }),
  );
});

test('any bytes decode to settings or a fault, and never throw', t => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 340 }),
    ...[200, 245, 288, 329, 334].map((length, k) =>
      block(length).map(bytes => Uint8Array.of(k + 1, ...bytes.subarray(1))),
    ),
  );
  fc.assert(
    fc.property(anyBytes, bytes => {
      const decoded = decodeSettings(bytes);
      t.true(decoded.ok || decoded.fault === 'corrupt' || decoded.fault === 'newer-format');
    }),
  );
});

test('a later format, another length and no bytes are told apart', t => {
  const later = encodeSettings(INITIAL_SETTINGS);
  later[0] = 6;
  t.deepEqual(decodeSettings(later), { ok: false, fault: 'newer-format' });
  t.deepEqual(decodeSettings(later.subarray(0, 20)), { ok: false, fault: 'newer-format' });
  t.deepEqual(decodeSettings(new Uint8Array(0)), { ok: false, fault: 'corrupt' });
  for (const [format, length] of [
    [0, 200],
    [1, 245],
    [2, 200],
    [2, 288],
    [3, 245],
    [3, 287],
    [4, 288],
    [4, 328],
    [5, 329],
    [5, 333],
  ] as const)
    t.deepEqual(decodeSettings(new Uint8Array(length).fill(format, 0, 1)), { ok: false, fault: 'corrupt' });
});

/** A record of the first format, written down by hand. */
const OLD_SETTINGS = [
  '01',
  `01 0000000000000064 ${'11'.repeat(20)} ${'00'.repeat(31)}07`,
  `01 00000002 ${'22'.repeat(20)} ${'33'.repeat(20)}`,
  '00000003 00 000005dc 0000000065920080',
  `00000004 ${'44'.repeat(32)} 00000005 ${'55'.repeat(32)} 00000006`,
];
const record = (fields: readonly string[]) => bytes(fields.join('').replaceAll(' ', ''));
const SETTINGS: Settings = {
  link: { chainId: 100, registry: new Uint8Array(20).fill(0x11), m3terId: 7n },
  roles: { version: 2, owner: new Uint8Array(20).fill(0x22), operator: new Uint8Array(20).fill(0x33) },
  order: { version: 3, state: 0, powerLimit: 1500, until: 1_704_067_200 },
  readings: { sequence: 4, digest: new Uint8Array(32).fill(0x44) },
  events: { sequence: 5, digest: new Uint8Array(32).fill(0x55) },
  eventsDelivered: 6,
  calibration: new Uint8Array(32),
  policy: INITIAL_POLICY,
  ...{ registrar: ZERO_ADDRESS, resetVersion: 0, formerReading: 0, formerEvent: 0, triedFirmware: 0 },
};

test('settings of the first format are read, and written as they were while nothing new is in them', t => {
  t.deepEqual(decodeSettings(record(OLD_SETTINGS)), { ok: true, value: SETTINGS });
  t.deepEqual(encodeSettings(SETTINGS), record(OLD_SETTINGS));
});

test('what is new stands behind the rest, in the bytes that are documented', t => {
  const [, ...old] = OLD_SETTINGS;
  const calibration = new Uint8Array(32).fill(0x66);
  const second = { version: 9, sealed: 0, nominalVoltage: 120, sag: 850, swell: 1150, interruption: 10 };
  const short = { ...INITIAL_POLICY, ...second };
  t.deepEqual(
    encodeSettings({ ...SETTINGS, calibration, policy: short }),
    record(['02', ...old, '66'.repeat(32), '00000009 00 0078 0352 047e 000a']),
  );
  const policy = {
    ...{ ...short, overvoltage: 1200, undervoltage: 800, minimumOff: 10, reconnectSpread: 20 },
    ...{ lowBalance: 500, criticalBalance: 100, emergencyCredit: 1000, debtLimit: 2000 },
    ...{ armBeforeReconnect: 1, friendlyFrom: 1200, friendlyTo: 420, friendlyDays: 96 },
    ...{ loadTolerance: 60, loadPause: 300, loadRetries: 3, reducedLoad: 200, cutOnTamper: 1 },
    ...{ unknownTime: 0, utcOffset: 780 },
  };
  const limits = '04b0 0320 000a 0014 000001f4 00000064 000003e8 000007d0';
  const hours = '01 04b0 01a4 60 003c 012c 03 000000c8 01 00 030c';
  t.deepEqual(
    encodeSettings({ ...SETTINGS, calibration, policy }),
    record(['03', ...old, '66'.repeat(32), '00000009 00 0078 0352 047e 000a', limits, hours]),
  );
  const registrar = new Uint8Array(20).fill(0x77);
  const former = { registrar, resetVersion: 7, formerReading: 8, formerEvent: 9, triedFirmware: 10 };
  const fourth = ['0384 003c 01', '77'.repeat(20), '00000007 00000008 00000009 0000000a'];
  t.deepEqual(
    encodeSettings({ ...SETTINGS, calibration, policy, ...former }),
    record(['04', ...old, '66'.repeat(32), '00000009 00 0078 0352 047e 000a', limits, hours, ...fourth]),
  );
  const [times = '', ...rest] = fourth;
  const fifth = { ...policy, payloadInterval: 86_400, homeAssistant: 1 };
  t.deepEqual(
    encodeSettings({ ...SETTINGS, calibration, policy: fifth, ...former }),
    record([
      ...['05', ...old, '66'.repeat(32), '00000009 00 0078 0352 047e 000a', limits, hours, times],
      ...['00015180 01', ...rest],
    ]),
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
});

test('the balance is what was bought and earned, less what was withdrawn and used', t => {
  const counters = { ...INITIAL_COUNTERS, credited: 100, withdrawn: 20, feedIn: 5, debited: 90 } as Counters;
  t.is(balanceOf(counters), -5 as MilliwattHours);
});
