import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Measurement, Window } from '../../../firmware/host';
import { checkCalibration, type PhaseCalibration } from '../../../firmware/metrology/calibration';
import { Kernel } from '../../../firmware/metrology/kernel';
import { measure } from '../../../firmware/metrology/measure';
import { Metrology } from '../../../firmware/metrology/metrology';
import { LONGEST_WINDOW } from '../../../firmware/metrology/window-length';

const GAINS = { voltsPerCount: 0.22, ampsPerCount: 0.03, noLoadWatts: 0 };

interface Setting {
  readonly volts: number;
  readonly amps: number;
  /** rad by which the true current lags */
  readonly lag: number;
  readonly hertz: number;
  readonly phaseDegrees: number;
  readonly skewMicroseconds: number;
}

/**
 * A second of this load as the front end would sample it, without noise; current and voltage written as time
 * functions.
 * @param turns rad by which each phase's voltage follows the first's
 */
function sampled(
  { volts, amps, lag, hertz, phaseDegrees, skewMicroseconds }: Setting,
  turns: readonly number[] = [0],
): Window[] {
  const windows: Window[] = [];
  const kernel = new Kernel({ phases: turns.length, startTime: 0, midScale: 32_768 }, window =>
    windows.push(window),
  );
  const omega = 2 * Math.PI * hertz * 1e-6;
  // 16 bits, so that rounding does not hide what is looked for.
  const toCounts = (value: number, perCount: number) => Math.round(32_768 + (16 * value) / perCount);
  for (let time = 250; time <= 1e6; time += 250) {
    const converted = time + skewMicroseconds;
    const lead = (phaseDegrees * Math.PI) / 180;
    const row = turns.flatMap(turn => {
      const v = volts * Math.SQRT2 * Math.sin(omega * time - turn);
      const i = amps * Math.SQRT2 * Math.sin(omega * converted - turn - lag + lead);
      return [toCounts(v, GAINS.voltsPerCount), toCounts(i, GAINS.ampsPerCount)];
    });
    kernel.add(Uint16Array.from(row), 1, time);
  }
  return windows.slice(1);
}

function calibrationFor(setting: Setting): PhaseCalibration[] {
  const { phaseDegrees, skewMicroseconds } = setting;
  return [
    {
      voltsPerCount: GAINS.voltsPerCount / 16,
      ampsPerCount: GAINS.ampsPerCount / 16,
      phaseDegrees,
      skewMicroseconds,
      noLoadWatts: 0,
    },
  ];
}

const settings = fc.record({
  volts: fc.double({ min: 100, max: 280, noNaN: true }),
  amps: fc.double({ min: 0.5, max: 40, noNaN: true }),
  lag: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
  hertz: fc.double({ min: 45, max: 65, noNaN: true }),
  phaseDegrees: fc.double({ min: -5, max: 5, noNaN: true }),
  skewMicroseconds: fc.double({ min: -200, max: 200, noNaN: true }),
});

test('any load in either direction is measured to a thousandth, whatever the phase error and skew it is calibrated for', t => {
  fc.assert(
    fc.property(settings, setting => {
      const { volts, amps, lag, hertz } = setting;
      const measured = sampled(setting).map(window => measure(window, calibrationFor(setting)));
      const mean = (pick: (m: Measurement) => number | undefined) =>
        measured.reduce((sum, m) => sum + (pick(m) ?? Number.NaN), 0) / measured.length;
      const expect = (name: string, value: number, truth: number, tolerance: number) => {
        if (!(Math.abs(value - truth) <= tolerance)) throw new Error(`${name}: ${value}, not ${truth}`);
      };
      const apparent = volts * amps;
      expect(
        'V',
        mean(m => m.phases[0]?.voltage),
        volts,
        volts * 1e-3,
      );
      expect(
        'A',
        mean(m => m.phases[0]?.current),
        amps,
        amps * 1e-3,
      );
      expect(
        'VA',
        mean(m => m.phases[0]?.apparentPower),
        apparent,
        apparent * 1e-3,
      );
      expect(
        'W',
        mean(m => m.phases[0]?.activePower),
        apparent * Math.cos(lag),
        apparent * 1e-3,
      );
      expect(
        'var',
        mean(m => m.phases[0]?.reactivePower),
        apparent * Math.sin(lag),
        apparent * 2e-4,
      );
      expect(
        'PF',
        mean(m => m.phases[0]?.powerFactor),
        Math.cos(lag),
        2e-3,
      );
      expect(
        'Hz',
        mean(m => m.frequency),
        hertz,
        2e-3,
      );
    }),
    { numRuns: 100 },
  );
  t.pass();
});

const HEATER: Setting = {
  volts: 230,
  amps: 5,
  lag: 0.6435,
  hertz: 50.2,
  phaseDegrees: 2,
  skewMicroseconds: 30,
};

test('reactive power stays calm from window to window at a current of a few counts', t => {
  const small = { ...HEATER, amps: 0.1 };
  for (const window of sampled(small)) {
    const reactive = measure(window, calibrationFor(small)).phases[0]?.reactivePower ?? Number.NaN;
    t.true(Math.abs(reactive - 23 * Math.sin(0.6435)) < 1e-3 * 23, `${reactive} var`);
  }
});

test('the reactive power of each phase is exact in a system that is not symmetric', t => {
  const load = { ...HEATER, phaseDegrees: 0, skewMicroseconds: 0 };
  const [calibration] = calibrationFor(load);
  if (calibration === undefined) return t.fail();
  for (const window of sampled(load, [0, 0.5, Math.PI]))
    for (const { reactivePower } of measure(window, [calibration, calibration, calibration]).phases)
      t.true(Math.abs(reactivePower - 1150 * Math.sin(HEATER.lag)) < 1e-4 * 1150, `${reactivePower} var`);
});

test('a wrong phase in the calibration shows in the power', t => {
  const [calibration] = calibrationFor({ ...HEATER, phaseDegrees: -2 });
  const [window] = sampled(HEATER);
  if (window === undefined || calibration === undefined) return t.fail();
  const power = measure(window, [calibration]).phases[0]?.activePower ?? Number.NaN;
  t.true(Math.abs(power / (1150 * 0.8) - 1) > 0.03, `${power} W`);
});

const sum = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const windows = fc.record({
  phases: fc.array(
    fc.record({
      ...{ v: sum, i: sum, vEarlier: sum, iEarlier: sum },
      ...{ vv: sum, ii: sum, vi: sum, vEarlierI: sum, vIEarlier: sum },
    }),
    { minLength: 1, maxLength: 3 },
  ),
  samples: fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 1, max: 1e6 })),
  cycles: fc.nat({ max: 20 }),
  duration: fc.oneof(fc.constant(0), fc.nat()),
  cycleSpan: fc.oneof(fc.constant(0), fc.nat()),
  gap: fc.oneof(fc.constant(0), fc.nat()),
});
const anyCalibration = fc
  .record({
    voltsPerCount: fc.double({ min: 1e-6, max: 100, noNaN: true }),
    ampsPerCount: fc.double({ min: 1e-6, max: 100, noNaN: true }),
    phaseDegrees: fc.double({ min: -15, max: 15, noNaN: true }),
    skewMicroseconds: fc.double({ min: -1000, max: 1000, noNaN: true }),
    noLoadWatts: fc.constant(0),
    noiseAmps: fc.double({ min: 0, max: 10, noNaN: true }),
    offsetMicrosiemens: fc.double({ min: -1000, max: 1000, noNaN: true }),
    offsetReactiveMicrosiemens: fc.double({ min: -1000, max: 1000, noNaN: true }),
    reversed: fc.boolean(),
    byCurrent: fc.constantFrom(
      [],
      [{ amps: 0.5, gain: 1.02, phaseDegrees: 0.7 }],
      [
        { amps: 0.5, gain: 1.02, phaseDegrees: 0.7 },
        { amps: 5, gain: 1, phaseDegrees: 0 },
      ],
    ),
  })
  .filter(calibration => checkCalibration(calibration).ok);

test('whatever the sums, every figure is finite, no power exceeds the apparent one and the power factor is within ±1', t => {
  fc.assert(
    fc.property(windows, anyCalibration, (window, calibration) => {
      const { phases, frequency } = measure(
        window,
        window.phases.map(() => calibration),
      );
      return phases.every(
        phase =>
          Object.values({ ...phase, frequency }).every(Number.isFinite) &&
          Math.abs(phase.activePower) <= phase.apparentPower &&
          Math.abs(phase.reactivePower) <= phase.apparentPower &&
          Math.abs(phase.powerFactor) <= 1,
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('noise is taken from the current, and crosstalk from the power', t => {
  const [calibration] = calibrationFor(HEATER);
  if (calibration === undefined) return t.fail();
  const corrections = { noiseAmps: 3, offsetMicrosiemens: 1000, offsetReactiveMicrosiemens: -2000 };
  for (const window of sampled(HEATER)) {
    const phase = measure(window, [{ ...calibration, ...corrections }]).phases[0];
    near(t, phase?.current, 4, 5e-3);
    near(t, phase?.activePower, 1150 * Math.cos(HEATER.lag) - 52.9, 2);
    near(t, phase?.reactivePower, 1150 * Math.sin(HEATER.lag) + 105.8, 2);
  }
});

test('a transformer that looks the wrong way has its sign turned where that was agreed upon', t => {
  const [calibration] = calibrationFor(HEATER);
  const [window] = sampled({ ...HEATER, lag: HEATER.lag + Math.PI });
  if (window === undefined || calibration === undefined) return t.fail();
  near(t, measure(window, [calibration]).phases[0]?.activePower, -1150 * Math.cos(HEATER.lag), 2);
  const turned = measure(window, [{ ...calibration, reversed: true }]).phases[0];
  near(t, turned?.activePower, 1150 * Math.cos(HEATER.lag), 2);
  near(t, turned?.reactivePower, 1150 * Math.sin(HEATER.lag), 2);
});

const BY_CURRENT = [
  { amps: 1, gain: 1.04, phaseDegrees: 3 },
  { amps: 5, gain: 1, phaseDegrees: 1 },
  { amps: 20, gain: 1.02, phaseDegrees: -1 },
];

for (const [amps, gain, degrees] of [
  [0.2, 1.04, 3],
  [1, 1.04, 3],
  [3, 1.02, 2],
  [5, 1, 1],
  [15, 1 + 0.02 * (2 / 3), -1 / 3],
  [40, 1.02, -1],
] as const)
  test(`gain and phase follow the table: ${amps} A`, t => {
    const load = { ...HEATER, amps };
    const [calibration] = calibrationFor({ ...load, phaseDegrees: load.phaseDegrees - degrees });
    const [window] = sampled(load);
    if (window === undefined || calibration === undefined) return t.fail();
    const phase = measure(window, [{ ...calibration, byCurrent: BY_CURRENT }]).phases[0];
    const apparent = 230 * amps * gain;
    near(t, phase?.current, amps * gain, amps * 1e-3);
    near(t, phase?.activePower, apparent * Math.cos(HEATER.lag), apparent * 1e-3);
    near(t, phase?.reactivePower, apparent * Math.sin(HEATER.lag), apparent * 1e-3);
  });

test('a piece of a cycle is measured as of the frequency of the window before', t => {
  const calibrations = calibrationFor(HEATER);
  const meter = new Metrology(calibrations);
  const [window] = sampled(HEATER);
  if (window === undefined) return t.fail();
  const whole = meter.take(window);
  const piece = { ...window, cycles: 0, cycleSpan: 0 };
  t.deepEqual(meter.take(piece), whole);
  // Nothing has crossed for longer than a window and its phase may take: there is no mains.
  const dark = { ...piece, duration: LONGEST_WINDOW };
  t.is(meter.take(dark).frequency, whole.frequency);
  t.is(meter.take(dark).frequency, 0);
  t.is(meter.take(piece).frequency, 0);
});

test('of samples that were lost a second at most is billed for', t => {
  const calibrations = calibrationFor(HEATER);
  const [window] = sampled(HEATER);
  if (window === undefined) return t.fail();
  const whole = measure(window, calibrations);
  for (const [gap, billed] of [
    [20_000, 20_000],
    [1_000_000, 1_000_000],
    [3_600_000_000, 1_000_000],
  ] as const) {
    const measured = measure({ ...window, duration: window.duration + gap, gap }, calibrations);
    t.is(measured.duration, window.duration + billed);
    t.deepEqual(measured.phases, whole.phases);
  }
});

test('a calibration too few is misuse', t => {
  const [window] = sampled(HEATER);
  if (window === undefined) return t.fail();
  t.throws(() => measure(window, []), { instanceOf: RangeError, message: /expected 1.*got 0/ });
});

function near(t: ExecutionContext, value: number | undefined, truth: number, tolerance: number): void {
  t.true(value !== undefined && Math.abs(value - truth) <= tolerance, `${value}, not ${truth}`);
}
