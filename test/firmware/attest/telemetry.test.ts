import test from 'ava';
import fc from 'fast-check';
import { decodeTelemetry, encodeTelemetry } from '../../../firmware/attest/telemetry';
import { toHex } from '../../../firmware/bytes';
import type { Measurement, PhaseMeasurement } from '../../../firmware/host';
import { bytes } from '../../support/messages';

const PHASE: PhaseMeasurement = {
  voltage: 230.04,
  current: 5.4321,
  activePower: 999.56,
  reactivePower: -750.04,
  apparentPower: 1249.7,
  powerFactor: 0.8,
};

function measurement(phases: readonly PhaseMeasurement[], frequency = 50.0123): Measurement {
  return { phases, frequency, duration: 200_000 };
}

const quantity = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });
const anyPhase = fc.record({
  voltage: quantity.map(dV => dV / 10),
  current: quantity.map(mA => mA / 1000),
  activePower: quantity.map(dW => dW / 10),
  reactivePower: quantity.map(dvar => dvar / 10),
});

test('telemetry comes back as it was, to its resolution', t => {
  const sent = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat(), fc.array(anyPhase, { minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(sent, ([sequence, timestamp, phases]) => {
      const full = phases.map(phase => ({ ...PHASE, ...phase }));
      const decoded = decodeTelemetry(encodeTelemetry(sequence, timestamp, measurement(full)));
      t.deepEqual(decoded, { ok: true, value: { sequence, timestamp, frequency: 50.012, phases } });
    }),
  );
});

test('telemetry is a map of rounded integers, some 30 bytes for one phase', t => {
  const encoded = encodeTelemetry(96, 1_800_000_000, measurement([PHASE]));
  t.is(toHex(encoded), 'a7011860021a6b49d2000319c35c041908fc05191538061 9270c07391d4b'.replace(' ', ''));
  t.true(encodeTelemetry(3000, 1_800_000_000, measurement([PHASE, PHASE, PHASE])).length < 64);
});

test('quantities that are no numbers are misuse', t => {
  for (const voltage of [Number.NaN, Number.POSITIVE_INFINITY, 1e12])
    t.throws(() => encodeTelemetry(1, 0, measurement([{ ...PHASE, voltage }])), { instanceOf: RangeError });
  t.throws(() => encodeTelemetry(1, 0, measurement([])), { instanceOf: RangeError });
});

const REFUSED: [string, string][] = [
  ['a key is missing', 'a601010200030004000500 0600'],
  ['a key is out of order', 'a701010200030004000500070006 00'],
  ['an integer is long', 'a70101020003180004000500060007 00'],
  ['a value is no integer', 'a701010200030004000500060007 6100'],
  ['a time is negative', 'a701010220030004000500060007 00'],
  ['bytes follow', 'a701010200030004000500060007 0000'],
  ['there is nothing', ''],
];
for (const [what, hex] of REFUSED)
  test(`telemetry is refused when ${what}`, t => {
    t.true(decodeTelemetry(bytes('a70101020003000400050006000700')).ok);
    t.deepEqual(decodeTelemetry(bytes(hex.replace(' ', ''))), { ok: false, fault: 'malformed' });
  });

test('no bytes make the telemetry decoder throw, and what it takes has one encoding', t => {
  const near = bytes('a7011860021a6b49d2000319c35c041908fc051915380619270c07391d4b');
  const damaged = fc
    .tuple(fc.nat({ max: near.length - 1 }), fc.nat({ max: 255 }))
    .map(([k, byte]) => near.map((old, index) => (index === k ? byte : old)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 140 }), damaged), input => {
      const decoded = decodeTelemetry(input);
      if (!decoded.ok) return t.is(decoded.fault, 'malformed');
      const { sequence, timestamp, frequency, phases } = decoded.value;
      const again = measurement(
        phases.map(phase => ({ ...PHASE, ...phase })),
        frequency,
      );
      t.deepEqual(encodeTelemetry(sequence, timestamp, again), input);
    }),
    { numRuns: 2000 },
  );
});
