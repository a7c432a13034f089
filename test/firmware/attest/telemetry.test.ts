import test from 'ava';
import fc from 'fast-check';
import {
  decodeTelemetry,
  encodeTelemetry,
  type PhaseTelemetry,
  type Telemetry,
  type TelemetryExtras,
} from '../../../firmware/attest/telemetry';
import { toHex } from '../../../firmware/bytes';
import { MAX_ENERGY, type MilliwattHours, milliwattHours } from '../../../firmware/energy';
import type { Measurement, PhaseMeasurement } from '../../../firmware/host';
import type { Forecast } from '../../../firmware/supply/forecast';
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

const energy = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 32, MAX_ENERGY)).map(milliwattHours);
const ratio = fc.nat({ max: 60_000 }).map(permille => permille / 1000);
const maybeRatio = fc.option(ratio, { nil: undefined });
const anyExtras = fc.record({
  distortions: fc.array(fc.record({ voltage: maybeRatio, current: maybeRatio }), {
    minLength: 3,
    maxLength: 3,
  }),
  registers: fc.array(fc.record({ imported: energy, exported: energy }), { minLength: 3, maxLength: 3 }),
});

const tenths = fc.nat({ max: 7200 }).map(count => count / 10);
const use = fc.nat({ max: 2 ** 31 - 1 }).map(milliwattHours);
const anyForecast: fc.Arbitrary<Forecast> = fc.record({
  hoursLeft: tenths,
  early: tenths,
  late: tenths,
  dayUse: use,
  dayUseError: use,
});
const FORECAST: Forecast = {
  hoursLeft: 51.2,
  early: 44,
  late: 60.1,
  dayUse: milliwattHours(5_612_000),
  dayUseError: milliwattHours(710_000),
};

/** A decoded phase with the extras it should have. */
function withExtras(phase: PhaseTelemetry, { distortions, registers }: TelemetryExtras, p: number) {
  const { voltage, current } = distortions?.[p] ?? {};
  return {
    ...phase,
    ...(voltage !== undefined && { voltageDistortion: voltage }),
    ...(current !== undefined && { currentDistortion: current }),
    ...(registers?.[p] !== undefined && { registers: registers[p] }),
  };
}

test('distortions and registers of the phases come back as they were, whichever are there', t => {
  const sent = fc.tuple(
    fc.array(anyPhase, { minLength: 1, maxLength: 3 }),
    anyExtras,
    fc.boolean(),
    fc.boolean(),
  );
  fc.assert(
    fc.property(sent, ([phases, extras, hasDistortions, hasRegisters]) => {
      const full = phases.map(phase => ({ ...PHASE, ...phase }));
      const { length } = phases;
      const own: TelemetryExtras = {
        ...(hasDistortions && { distortions: extras.distortions.slice(0, length) }),
        ...(hasRegisters && length > 1 && { registers: extras.registers.slice(0, length) }),
      };
      const decoded = decodeTelemetry(encodeTelemetry(7, 8, measurement(full), own));
      const expected = phases.map((phase, p) => withExtras(phase, own, p));
      t.deepEqual(decoded, {
        ok: true,
        value: { sequence: 7, timestamp: 8, frequency: 50.012, phases: expected },
      });
    }),
  );
});

test('a forecast comes back as it was, to the tenth of an hour', t => {
  fc.assert(
    fc.property(anyForecast, fc.integer({ min: 1, max: 3 }), (forecast, phases) => {
      const encoded = encodeTelemetry(7, 8, measurement(Array(phases).fill(PHASE)), { forecast });
      const decoded = decodeTelemetry(encoded);
      t.true(decoded.ok);
      if (decoded.ok) t.deepEqual(decoded.value.forecast, forecast);
    }),
  );
});

test('extras have keys of their own, and without any the bytes are as ever', t => {
  const one = measurement([PHASE]);
  const plain = toHex(encodeTelemetry(96, 1_800_000_000, one)).slice(2);
  t.is(toHex(encodeTelemetry(96, 1_800_000_000, one, {})), `a7${plain}`);
  const unknown = { distortions: [{ voltage: undefined, current: undefined }], registers: [] };
  t.is(toHex(encodeTelemetry(96, 1_800_000_000, one, unknown)), `a7${plain}`);
  const distortions = [{ voltage: 0.0234, current: 0.25 }];
  t.is(toHex(encodeTelemetry(96, 1_800_000_000, one, { distortions })), `a9${plain}10171118fa`);
  const registers = [1, 2].map(n => ({ imported: milliwattHours(n), exported: milliwattHours(10 * n) }));
  const two = toHex(encodeTelemetry(96, 0, measurement([PHASE, PHASE]), { registers }));
  const forecast = toHex(encodeTelemetry(96, 1_800_000_000, one, { forecast: FORECAST }));
  t.is(forecast, `ac${plain}181c190200181d1901b8181e190259181f1a0055a1e018201a000ad570`);
  t.is(toHex(encodeTelemetry(96, 1_800_000_000, one, { forecast: undefined })), `a7${plain}`);
  t.true(two.startsWith('af') && two.endsWith('1601170a1818021819 14'.replace(' ', '')), two);
});

test('the longest telemetry there can be is taken', t => {
  const mostUse = milliwattHours(2 ** 31 - 1);
  const large = { ...PHASE, voltage: -2e8, current: 2e6, activePower: 2e8, reactivePower: -2e8 };
  const extras = {
    distortions: Array(3).fill({ voltage: 2e6, current: 2e6 }),
    registers: Array(3).fill({ imported: MAX_ENERGY, exported: MAX_ENERGY }),
    forecast: { hoursLeft: 2e8, early: 2e8, late: 2e8, dayUse: mostUse, dayUseError: mostUse },
  };
  const most = Number.MAX_SAFE_INTEGER;
  const encoded = encodeTelemetry(most, most, measurement([large, large, large], 2e6), extras);
  t.is(encoded.length, 235);
  t.true(decodeTelemetry(encoded).ok);
});

test('a house of three phases with all its extras takes some 150 bytes', t => {
  const registers = Array(3).fill({ imported: milliwattHours(9_000_000_000), exported: milliwattHours(123) });
  const extras = {
    distortions: Array(3).fill({ voltage: 0.023, current: 0.31 }),
    registers,
    forecast: FORECAST,
  };
  const { length } = encodeTelemetry(3000, 1_800_000_000, measurement([PHASE, PHASE, PHASE]), extras);
  t.true(length > 130 && length < 160, `${length}`);
});

test('extras of a phase that is not there, or that are no numbers, are misuse', t => {
  const none = milliwattHours(0);
  const wrong: TelemetryExtras[] = [
    { distortions: [{}, { voltage: 0.1 }] },
    { distortions: [{ current: Number.NaN }] },
    { distortions: [{ voltage: -0.1 }] },
    { distortions: [{ voltage: Number.POSITIVE_INFINITY }] },
    { registers: [{ imported: none, exported: none }] },
    { forecast: { ...FORECAST, early: Number.NaN } },
    { forecast: { ...FORECAST, late: Number.POSITIVE_INFINITY } },
    { forecast: { ...FORECAST, dayUse: milliwattHours(-1) } },
    { forecast: { ...FORECAST, dayUseError: milliwattHours(2 ** 31) } },
  ];
  for (const extras of wrong)
    t.throws(() => encodeTelemetry(1, 0, measurement([PHASE]), extras), { instanceOf: RangeError });
  const fraction = 0.5 as MilliwattHours;
  const registers = [{ imported: fraction, exported: none }];
  t.throws(() => encodeTelemetry(1, 0, measurement([PHASE, PHASE]), { registers }), {
    instanceOf: RangeError,
  });
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
  ['a key is unknown', 'a801010200030004000500060007000800'],
  ['a distortion is of another phase', 'a801010200030004000500060007001200'],
  ['a distortion is negative', 'a801010200030004000500060007001020'],
  ['a single phase has registers', 'a901010200030004000500060007001600 1700'],
  ['one phase of two has registers', 'ad0101020003000400050006000700080009000a000b0016001700'],
  ['a register has no other half', 'ac0101020003000400050006000700080009000a000b001600'],
  [
    'a register is too large',
    'af0101020003000400050006000700080009000a000b00161b00010000000000001700181800181900',
  ],
  ['a forecast is not whole', 'ab010102000300040005000600070 0181c00181d00181e00181f00'],
  ['a forecast is negative', 'ac010102000300040005000600070 0181c00181d00181e00181f00182020'],
  ['a forecast is too long', 'ac010102000300040005000600070 0181c1a80000000181d00181e00181f00182000'],
  ['a key follows the forecast', 'ad010102000300040005000600070 0181c00181d00181e00181f001820001821 00'],
  ['a key is a text', 'a801010200030004000500060007 00613800'],
];
for (const [what, hex] of REFUSED)
  test(`telemetry is refused when ${what}`, t => {
    t.true(decodeTelemetry(bytes('a70101020003000400050006000700')).ok);
    t.true(decodeTelemetry(bytes('af0101020003000400050006000700080009000a000b0016001700181800181900')).ok);
    t.true(decodeTelemetry(bytes('ac0101020003000400050006000700181c00181d00181e00181f00182000')).ok);
    t.deepEqual(decodeTelemetry(bytes(hex.replaceAll(' ', ''))), { ok: false, fault: 'malformed' });
  });

/** By what its phases say, extras and all. */
function encodedAgain({ sequence, timestamp, frequency, phases, forecast }: Telemetry): Uint8Array {
  const full = phases.map(phase => ({ ...PHASE, ...phase }));
  const distortions = phases.map(phase => ({
    voltage: phase.voltageDistortion,
    current: phase.currentDistortion,
  }));
  const registers = phases.flatMap(phase => phase.registers ?? []);
  return encodeTelemetry(sequence, timestamp, measurement(full, frequency), {
    distortions,
    registers,
    forecast,
  });
}

test('no bytes make the telemetry decoder throw, and what it takes has one encoding', t => {
  const near = [
    'a7011860021a6b49d2000319c35c041908fc051915380619270c07391d4b',
    'a9011860021a6b49d2000319c35c041908fc051915380619270c07391d4b10171118fa',
    'af0101020003000400050006000700080009000a000b001005150716011 70a'.replace(' ', ''),
    'ac0101020003000400050006000700181c190200181d1901b8181e190259181f05182006',
  ].map(bytes);
  const damaged = fc
    .tuple(fc.constantFrom(...near), fc.nat({ max: 34 }), fc.nat({ max: 255 }))
    .map(([whole, k, byte]) => whole.map((old, index) => (index === k ? byte : old)));
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 250 }), damaged), input => {
      const decoded = decodeTelemetry(input);
      if (!decoded.ok) return t.is(decoded.fault, 'malformed');
      taken++;
      t.deepEqual(encodedAgain(decoded.value), input);
    }),
    { numRuns: 2000 },
  );
  t.true(taken > 100, `${taken}`);
});
