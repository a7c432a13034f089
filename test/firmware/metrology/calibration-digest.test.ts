import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { toHex } from '../../../firmware/bytes';
import type { CurrentCorrection, PhaseCalibration } from '../../../firmware/metrology/calibration';
import { calibrationDigest } from '../../../firmware/metrology/calibration-digest';
import { createCrypto } from '../../../hosts/node/crypto';

const crypto = createCrypto();
const digest = (...calibrations: readonly PhaseCalibration[]) =>
  toHex(calibrationDigest(crypto, calibrations));

const POINTS: readonly CurrentCorrection[] = [
  { amps: 0.25, gain: 1.01, phaseDegrees: 0.75 },
  { amps: 10, gain: 0.995, phaseDegrees: -0.5 },
];
/** With every field there is. */
const FULL: Required<PhaseCalibration> = {
  voltsPerCount: 0.2,
  ampsPerCount: 0.03,
  phaseDegrees: -1.5,
  skewMicroseconds: 12,
  noLoadWatts: 3,
  noiseAmps: 0.02,
  offsetMicrosiemens: -7,
  offsetReactiveMicrosiemens: 8,
  reversed: true,
  byCurrent: POINTS,
};
const PLAIN: PhaseCalibration = {
  voltsPerCount: 0.2,
  ampsPerCount: 0.03,
  phaseDegrees: -1.5,
  skewMicroseconds: 12,
  noLoadWatts: 3,
};

const sha256 = (hex: string) =>
  createHash('sha256')
    .update(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    .digest('hex');
const ZERO = '0000000000000000';

test('it is the SHA-256 of the bytes that are documented', t => {
  t.is(digest(), sha256('01 00'));
  // 0.2, 0.03, −1.5, 12 and 3 in 10⁻¹²
  const plain = '0000002e90edd000 00000006fc23ac00 fffffea2c1086800 00000ae9f7bcc000 000002ba7def3000';
  t.is(digest(PLAIN), sha256(`01 01 ${plain} ${ZERO.repeat(3)} 00 00`));
  // 0.02, −7 and 8
  const rest = '00000004a817c800 fffff9a22f7c9000 00000746a5288000';
  const points = [
    '0000003a35294400 000000eb28b0f400 000000ae9f7bcc00',
    '000009184e72a000 000000e7aa9f1e00 ffffff8b95ad7800',
  ].join('');
  const expected = `01 02 ${plain} ${rest} 01 02 ${points} ${plain} ${ZERO.repeat(3)} 00 00`;
  t.is(digest(FULL, PLAIN), sha256(expected));
});

test('what is absent counts as what it stands for', t => {
  const { byCurrent, reversed, ...numbers } = FULL;
  t.deepEqual([byCurrent, reversed], [POINTS, true]);
  t.is(digest({ ...numbers, reversed: false, byCurrent: [] }), digest(numbers));
  const none = { noiseAmps: 0, offsetMicrosiemens: -0, offsetReactiveMicrosiemens: 0 };
  t.is(digest({ ...PLAIN, ...none }), digest(PLAIN));
});

test('every field changes it, be it by its last digit', t => {
  const changes: { readonly [field in keyof PhaseCalibration]-?: PhaseCalibration[field] } = {
    voltsPerCount: 0.200000001,
    ampsPerCount: 0.030000001,
    phaseDegrees: 1.5,
    skewMicroseconds: 12.000001,
    noLoadWatts: 3.000001,
    noiseAmps: 0,
    offsetMicrosiemens: 7,
    offsetReactiveMicrosiemens: -7,
    reversed: false,
    byCurrent: POINTS.slice(0, 1),
  };
  const changed = Object.entries(changes).map(([field, value]) => ({ ...FULL, [field]: value }));
  for (const [k, point] of POINTS.entries())
    for (const field of ['amps', 'gain', 'phaseDegrees'] as const)
      changed.push({ ...FULL, byCurrent: POINTS.with(k, { ...point, [field]: point[field] + 1e-9 }) });
  const digests = [FULL, ...changed].map(calibration => digest(calibration));
  t.is(new Set(digests).size, 1 + 10 + 6);
});

test('phases and points of a table do not change places, and are not left out', t => {
  const other = { ...PLAIN, ampsPerCount: 0.04 };
  const lists = [[], [PLAIN], [other], [PLAIN, other], [other, PLAIN], [PLAIN, PLAIN], [PLAIN, PLAIN, other]];
  const tables = [[], POINTS, POINTS.toReversed(), POINTS.slice(0, 1), [...POINTS, ...POINTS]];
  const ofTables = tables.map(byCurrent => digest({ ...PLAIN, byCurrent }));
  t.is(new Set(lists.map(list => digest(...list))).size, lists.length);
  t.is(new Set(ofTables).size, tables.length);
});

test('it is the same however the numbers were written down', t => {
  const text = `{"voltsPerCount": 2e-1, "ampsPerCount": 0.030, "phaseDegrees": -15E-1,
    "skewMicroseconds": 12.0, "noLoadWatts": 3.0000000000001, "reversed": false}`;
  t.is(digest(JSON.parse(text) as PhaseCalibration), digest(PLAIN));
});

test('any two calibrations that differ by more than what is counted have two digests', t => {
  const number = fc.integer({ min: -9_000_000, max: 9_000_000 }).map(count => count / 1000);
  const calibration = fc.record({
    voltsPerCount: number,
    ampsPerCount: number,
    phaseDegrees: number,
    skewMicroseconds: number,
    noLoadWatts: number,
    reversed: fc.boolean(),
    byCurrent: fc.array(fc.record({ amps: number, gain: number, phaseDegrees: number }), { maxLength: 12 }),
  });
  const list = fc.array(calibration, { maxLength: 3 });
  fc.assert(
    fc.property(list, list, (some, others) => {
      t.is(digest(...some) === digest(...others), JSON.stringify(some) === JSON.stringify(others));
    }),
  );
});

test('a number that is none, or beyond all bounds, is misuse by name', t => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1e7, 1e7])
    t.throws(() => digest({ ...PLAIN, skewMicroseconds: value }), {
      instanceOf: RangeError,
      message: `skewMicroseconds: expected a number within ±9223372, got ${value}`,
    });
});
