import test from 'ava';
import fc from 'fast-check';
import { checkCalibration } from '../../firmware/metrology/calibration';
import { measure } from '../../firmware/metrology/measure';
import {
  type CalibrationPoint,
  type FitOptions,
  fitCalibration,
  USUAL_METER,
} from '../../simulator/calibration-fit';
import { BUILD, type Build, type Flow, type RecordOptions, recordWindows } from '../support/recorded-load';

const VOLTS = 230;
const RADIANS = Math.PI / 180;

/** A point whose reference says the truth. */
function point(flow: Partial<Flow>, options: RecordOptions = {}, name = `${flow.amps} A`): CalibrationPoint {
  const { volts = VOLTS, amps = 0, lag = 0 } = flow;
  const vars = volts * amps * Math.sin(lag * RADIANS);
  return {
    name,
    phase: 0,
    windows: recordWindows({ ...flow, volts, amps }, { seed: name, ...options }),
    reference: { volts, amps, ...(lag !== 0 && { vars }) },
  };
}

const idle = (options: RecordOptions = {}) => point({ amps: 0 }, options, 'idle');
const LOADS = [0.5, 2, 8.7, 30].map(amps => point({ amps }));
const IDLE = idle();

function faultOf(points: readonly CalibrationPoint[], options: Partial<FitOptions> = {}): string {
  const fit = fitCalibration(points, { ...USUAL_METER, ...options });
  return fit.ok ? `no fault, ${JSON.stringify(fit.value.calibration)}` : fit.fault;
}

/** Means of fresh windows. */
function measured(flow: Flow, options: RecordOptions, calibration: Parameters<typeof measure>[1]) {
  const windows = recordWindows(flow, { ...options, seed: `${options.seed}/again` }).filter(
    w => w.cycles > 0,
  );
  const all = windows.map(window => measure(window, calibration).phases[0]);
  const mean = (name: 'activePower' | 'voltage' | 'current') =>
    all.reduce((sum, phase) => sum + (phase?.[name] ?? Number.NaN), 0) / all.length;
  return { watts: mean('activePower'), volts: mean('voltage'), amps: mean('current') };
}

const builds = fc.record({
  voltsPerCount: fc.double({ min: 0.18, max: 0.4, noNaN: true }),
  ampsPerCount: fc.double({ min: 0.05, max: 0.1, noNaN: true }),
  leadAtAll: fc.double({ min: -1, max: 4, noNaN: true }),
  leadAtLow: fc.double({ min: 0, max: 2, noNaN: true }),
  lossAtLow: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
  skewMicroseconds: fc.double({ min: -50, max: 150, noNaN: true }),
  noise: fc.double({ min: 2, max: 6, noNaN: true }),
  crosstalk: fc.tuple(
    fc.double({ min: -200, max: 200, noNaN: true }),
    fc.double({ min: -200, max: 200, noNaN: true }),
  ),
  reversed: fc.boolean().map(reversed => [reversed]),
});

type Parts = Omit<Build, 'lead' | 'gain'> & Readonly<Record<'leadAtAll' | 'leadAtLow' | 'lossAtLow', number>>;

function buildOf({ leadAtAll, leadAtLow, lossAtLow, ...rest }: Parts): Build {
  return {
    ...rest,
    lead: amps => leadAtAll + leadAtLow / (1 + amps / 4),
    gain: amps => 1 - lossAtLow / (1 + amps / 4),
  };
}

test('whatever the hardware, the fit finds what it is, and measures right, within what noise allows', t => {
  fc.assert(
    fc.property(builds, fc.constantFrom(50, 60), fc.integer(), (parts, frequency, seed) => {
      const build = buildOf(parts);
      const options = { build, seed, seconds: 10 };
      const nodes = [1, 4, 10, 30];
      const points = nodes.map((amps, k) => point({ amps, frequency }, { ...options, seed: `${seed}/${k}` }));
      points.push(point({ amps: 0, frequency }, { ...options, seconds: 30 }, 'idle'));
      const { skewMicroseconds } = build;
      const flip = build.reversed?.[0] ?? false;
      const fit = fitCalibration(points, { ...USUAL_METER, skewMicroseconds, flip });
      if (!fit.ok) throw new Error(fit.fault);
      const { calibration } = fit.value;
      near('voltsPerCount', calibration.voltsPerCount, build.voltsPerCount, 2e-4);
      near('ampsPerCount', calibration.ampsPerCount * build.gain(10), build.ampsPerCount, 1e-3);
      near('noiseAmps', calibration.noiseAmps, Math.hypot(build.noise, 0.29) * build.ampsPerCount, 0.03);
      near('phaseDegrees', calibration.phaseDegrees - build.lead(10), 0, 0.05);
      // W of either part that noise leaves in 10 s of 4000 sets a second
      const noise = (build.noise * build.ampsPerCount * VOLTS) / Math.sqrt(40_000);
      for (const amps of nodes)
        for (const lag of [0, 60, -30]) {
          const flow = { volts: VOLTS, amps, lag, frequency };
          const truth = VOLTS * amps * Math.cos(lag * RADIANS);
          const { watts } = measured(flow, options, [calibration]);
          near(`W at ${amps} A and ${lag}°`, watts - truth, 0, 1e-3 * truth + 8 * noise);
        }
      near(
        'W of nothing',
        measured({ volts: VOLTS, amps: 0, frequency }, options, [calibration]).watts,
        0,
        6 * noise,
      );
      return checkCalibration(calibration).ok;
    }),
    { numRuns: 12 },
  );
  t.pass();
});

function near(name: string, value: number | undefined, truth: number, tolerance: number): void {
  const error = truth === 0 ? (value ?? Number.NaN) : (value ?? Number.NaN) / truth - 1;
  if (!(Math.abs(error) <= tolerance)) throw new Error(`${name}: ${value}, not ${truth} within ${tolerance}`);
}

test('points at one current are merged, and a table never has more than twelve currents', t => {
  const amps = Array.from({ length: 20 }, (_, k) => 0.5 * 1.2 ** k);
  const points = [...amps, ...amps].map((a, k) => point({ amps: a }, { seconds: 3, seed: k }));
  const fit = fitCalibration(points, { ...USUAL_METER, maximumCurrent: 100, skewMicroseconds: 12.5 });
  if (!fit.ok) return t.fail(fit.fault);
  const table = fit.value.calibration.byCurrent ?? [];
  t.true(table.length > 6 && table.length <= 12, `${table.length}`);
  t.true(table.every((node, k) => k === 0 || node.amps > (table[k - 1]?.amps ?? Number.NaN)));
});

test('a skew is told from the phase error only by mains frequencies that are apart', t => {
  const build = { ...BUILD, lead: () => 1.5, skewMicroseconds: 80 };
  const at = (frequency: number) =>
    [2, 10].map(amps => point({ amps, frequency }, { build, seconds: 20 }, `${amps} A, ${frequency} Hz`));
  const calibrationOf = (...points: CalibrationPoint[]) => {
    const result = fitCalibration(points, USUAL_METER);
    return result.ok ? result.value.calibration : undefined;
  };
  const both = calibrationOf(...at(50), ...at(60));
  t.true(Math.abs((both?.skewMicroseconds ?? 0) - 80) < 5, `${both?.skewMicroseconds}`);
  t.true(Math.abs((both?.phaseDegrees ?? 0) - 1.5) < 0.15, `${both?.phaseDegrees}`);
  const near50 = calibrationOf(...at(50), ...at(51));
  t.is(near50?.skewMicroseconds, 0);
  // 80 µs are 1.44° at 50 Hz.
  t.true(Math.abs((near50?.phaseDegrees ?? 0) - 2.95) < 0.1, `${near50?.phaseDegrees}`);
});

test('a skew that noise hides is not told at all', t => {
  const build = { ...BUILD, noise: 6, skewMicroseconds: 0 };
  const points = [2, 10].flatMap(amps =>
    [50, 52.5].map(frequency =>
      point({ amps, frequency }, { build, seconds: 3 }, `${amps} A, ${frequency} Hz`),
    ),
  );
  const fit = fitCalibration(points, USUAL_METER);
  t.is(fit.ok && fit.value.calibration.skewMicroseconds, 0);
});

test('crosstalk is told as it is at the terminals, whatever skew and transformer turn it by', t => {
  const build = { ...BUILD, noise: 1, skewMicroseconds: 500, crosstalk: [150, 80] as const };
  const points = [1, 10].map(amps => point({ amps }, { build }));
  const fit = fitCalibration([...points, idle({ build, seconds: 30 })], {
    ...USUAL_METER,
    skewMicroseconds: 500,
  });
  if (!fit.ok) return t.fail(fit.fault);
  const { offsetMicrosiemens = 0, offsetReactiveMicrosiemens = 0 } = fit.value.calibration;
  t.true(Math.abs(offsetMicrosiemens - 150) < 4, `${offsetMicrosiemens}`);
  t.true(Math.abs(offsetReactiveMicrosiemens - 80) < 4, `${offsetReactiveMicrosiemens}`);
});

test('without a point without current, noise and crosstalk are left out, and a warning says so', t => {
  const fit = fitCalibration(LOADS.slice(1), USUAL_METER);
  if (!fit.ok) return t.fail(fit.fault);
  t.is(fit.value.calibration.noiseAmps, undefined);
  t.is(fit.value.calibration.offsetMicrosiemens, undefined);
  t.deepEqual(fit.value.warnings, [
    'no point without current: noise and crosstalk are not known, and taken for none',
  ]);
});

test('the no-load threshold is half of what the meter must start at', t => {
  const fit = fitCalibration([...LOADS, IDLE], USUAL_METER);
  t.is(fit.ok && fit.value.calibration.noLoadWatts, 4.6);
});

test('an error above half of the limit is a warning', t => {
  const read = (factor: number, name: string) => {
    const load = point({ amps: 8.7 }, {}, name);
    return { ...load, reference: { volts: VOLTS, amps: 8.7 * factor } };
  };
  const fit = fitCalibration([...LOADS, read(1.007, 'high'), read(0.993, 'low'), IDLE], USUAL_METER);
  t.deepEqual(fit.ok && fit.value.warnings.map(text => text.replace(/[\d.]+ %/, 'x %')), [
    'high: -x % is more than half of the limit of 1.0 %',
    'low: x % is more than half of the limit of 1.0 %',
  ]);
});

const withReference = (load: CalibrationPoint | undefined, reference: CalibrationPoint['reference']) =>
  ({ ...(load as CalibrationPoint), reference }) satisfies CalibrationPoint;
const [SMALL, MIDDLE, KETTLE, LARGE] = LOADS as [
  CalibrationPoint,
  CalibrationPoint,
  CalibrationPoint,
  CalibrationPoint,
];
const NO_MAINS = { ...KETTLE, windows: KETTLE.windows.map(w => ({ ...w, cycles: 0, cycleSpan: 0 })) };
const OUTAGE = { ...KETTLE, windows: KETTLE.windows.map((w, k) => (k === 20 ? { ...w, cycles: 0 } : w)) };

const REFUSALS: [string, readonly CalibrationPoint[], RegExp | string][] = [
  ['a single load', [KETTLE, IDLE], 'expected two loads or more, got 1'],
  [
    'loads of nearly one current',
    [KETTLE, LARGE],
    'expected currents that span a factor of 5, got 8.7 A to 30 A',
  ],
  [
    'loads of which none is resistive',
    [2, 20].map(amps => point({ amps, lag: 60 })),
    'expected a resistive load among them, got none',
  ],
  ['a point without mains', [SMALL, NO_MAINS], '8.7 A: expected mains, got none'],
  ['an outage in a point', [SMALL, OUTAGE], '8.7 A: expected mains throughout, got an interruption'],
  [
    'a point that is too short',
    [SMALL, { ...KETTLE, windows: KETTLE.windows.slice(0, 5) }],
    /^8\.7 A: expected at least 10 windows of 0\.2 s, got \d$/,
  ],
  [
    'clipped samples',
    [SMALL, { ...KETTLE, clipped: 500 }],
    "8.7 A: expected samples within the converter's range, got 500 at its ends",
  ],
  [
    'a load inside the noise',
    [point({ amps: 0.4 }, { build: { ...BUILD, noise: 40 } }), MIDDLE, KETTLE],
    /^0\.4 A: expected its mean power to be known to [\d.]+ %, got [\d.]+ %: it is inside the noise or not steady;/,
  ],
  [
    'a load smaller than the noise without it',
    [
      point({ amps: 0.4 }, { build: { ...BUILD, noise: 2 } }),
      KETTLE,
      idle({ build: { ...BUILD, noise: 10 } }),
    ],
    '0.4 A: expected a current above the noise, got none',
  ],
  [
    'a fit worse than the class',
    // The motor's vars are read as those of 58.5°.
    [
      SMALL,
      KETTLE,
      withReference(point({ amps: 8.7, lag: 60 }, {}, 'motor'), { volts: VOLTS, amps: 8.7, vars: 1706.2 }),
    ],
    /^motor: expected an error of power within 1\.0 %, got -?2\.\d\d %: the fit is worse than the class$/,
  ],
  [
    'more watts than volts times amperes',
    [SMALL, withReference(KETTLE, { volts: VOLTS, amps: 8.7, watts: 2200 })],
    '8.7 A: expected a power of volts·amps = 2001.0 VA, got 2200.0 VA',
  ],
  [
    'fewer watts than volts times amperes, without a word of vars',
    [SMALL, withReference(KETTLE, { volts: VOLTS, amps: 8.7, watts: 1000 })],
    '8.7 A: expected a power of volts·amps = 2001.0 VA, got 1000.0 VA; a load that is not resistive needs vars or pf',
  ],
  [
    'volts that are none',
    [SMALL, withReference(KETTLE, { volts: Number.NaN, amps: 8.7 })],
    '8.7 A: expected volts above 0, got NaN',
  ],
  [
    'a mistyped voltage',
    [SMALL, MIDDLE, withReference(KETTLE, { volts: 320, amps: 8.7 })],
    '8.7 A: expected volts that fit the other points, got 320 V, 39.1 % more; was one mistyped?',
  ],
  [
    'a mistyped current in the middle',
    [SMALL, MIDDLE, withReference(KETTLE, { volts: VOLTS, amps: 7.8 }), LARGE],
    /^8\.7 A: expected readings that fit the other loads, got ones that differ by -10\.\d % and -?[\d.]+°; was one mistyped\?$/,
  ],
  [
    'a mistyped current at the end',
    [SMALL, MIDDLE, KETTLE, withReference(LARGE, { volts: VOLTS, amps: 33 })],
    /^30 A: expected readings that fit the other loads, got ones that differ by 9\.\d %/,
  ],
  [
    'two loads that contradict each other',
    [SMALL, withReference(KETTLE, { volts: VOLTS, amps: 7.8 })],
    /^expected loads that agree, got 0\.5 A and 8\.7 A that contradict each other by -1\d\.\d % and /,
  ],
  [
    'a lead typed for a lag',
    [
      SMALL,
      MIDDLE,
      KETTLE,
      withReference(point({ amps: 15, lag: 60 }, {}, 'motor'), { volts: VOLTS, amps: 15, vars: -2988 }),
    ],
    /^motor: expected readings that fit the other loads, got ones that differ by -?[\d.]+ % and -120\.\d°; was one mistyped\?$/,
  ],
  [
    'a load beyond Imax',
    [SMALL, KETTLE, point({ amps: 61 }, { build: { ...BUILD, noise: 2 } })],
    '61 A: expected at most Imax, 60 A, got 61 A',
  ],
  ['two points without current', [...LOADS, IDLE, IDLE], 'expected at most one point without current, got 2'],
  [
    'the current of another phase',
    [2, 20].map(amps => point({ amps }, { build: { ...BUILD, lead: () => 120 } })),
    '2 A: expected a current that leads by at most 15°, got 120°: is it that of L1?',
  ],
];

for (const [name, points, fault] of REFUSALS)
  test(`${name} is refused in one line`, t => {
    const got = faultOf(points);
    if (typeof fault === 'string') t.is(got, fault);
    else t.regex(got, fault);
  });

test('noise above what a starting current allows is refused', t => {
  const build = { ...BUILD, noise: 90 };
  const points = [20, 58].map(amps => point({ amps }, { build, seconds: 20 }));
  t.regex(
    faultOf([...points, point({ amps: 3 }, { build, seconds: 60 }), idle({ build, seconds: 20 })]),
    /^idle: expected noise of at most 0\.77 W in 12 s, for a meter that starts at 9\.2 W, got [\d.]+ W$/,
  );
});

test('a reversed current transformer is told, and turned only when somebody agrees', t => {
  const build = { ...BUILD, reversed: [true], crosstalk: [60, -90] as const };
  const points = [1, 8.7, 40].map(amps => point({ amps }, { build }));
  points.push(idle({ build, seconds: 60 }));
  t.is(
    faultOf(points),
    'L1: expected power that flows to the load, got 1 A feeding the line: turn the current transformer around, or agree to --flip L1',
  );
  const fit = fitCalibration(points, { ...USUAL_METER, flip: true });
  if (!fit.ok) return t.fail(fit.fault);
  t.true(fit.value.calibration.reversed);
  const { watts } = measured({ volts: VOLTS, amps: 8.7 }, { build, seconds: 10 }, [fit.value.calibration]);
  t.true(Math.abs(watts / 2001 - 1) < 1e-3, `${watts}`);
  const nothing = measured({ volts: VOLTS, amps: 0 }, { build, seconds: 60 }, [fit.value.calibration]);
  t.true(Math.abs(nothing.watts) < 0.5, `${nothing.watts}`);
  t.is(
    faultOf([...LOADS, IDLE], { flip: true }),
    'L1: expected a current that flows backwards, to be flipped, got one that does not',
  );
  const right = fitCalibration([...LOADS, IDLE], USUAL_METER);
  t.true(right.ok && !('reversed' in right.value.calibration));
});
