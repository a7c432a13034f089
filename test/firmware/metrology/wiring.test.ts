import test from 'ava';
import fc from 'fast-check';
import type { Measurement } from '../../../firmware/host';
import { NO_PHASE_MEASUREMENT } from '../../../firmware/metrology/believable';
import type { Phasor } from '../../../firmware/metrology/fundamental';
import type { PhaseSpectrum } from '../../../firmware/metrology/spectrum';
import { WiringWatch } from '../../../firmware/metrology/wiring';
import { Prng } from '../../../hosts/mock/prng';

const WINDOW = 200_000;
const WINDOWS_IN_10_MINUTES = 3000;

function measured(voltages: readonly number[], powers: readonly number[] = []): Measurement {
  const phases = voltages.map((voltage, p) => ({
    ...NO_PHASE_MEASUREMENT,
    voltage,
    activePower: powers[p] ?? 0,
  }));
  return { phases, frequency: 50, duration: WINDOW };
}

/** With a clock that goes by the windows. */
class Watched {
  readonly #watch: WiringWatch;
  #time = 0;

  constructor(phases: number, nominal = 230) {
    this.#watch = new WiringWatch(phases, nominal);
  }

  isSuspect(phase: number): boolean {
    return this.#watch.isSuspect(phase);
  }

  take(measurement: Measurement): string | undefined {
    this.#time += measurement.duration / 1000;
    return this.#watch.take(measurement, this.#time);
  }

  takeCapture(spectra: readonly PhaseSpectrum[]): string | undefined {
    return this.#watch.takeCapture(spectra, this.#time);
  }
}

/** What is told of so many such windows. */
function told(watch: Watched, measurement: Measurement, windows: number): string[] {
  return listed(windows, () => watch.take(measurement));
}

function listed(count: number, tell: () => string | undefined): string[] {
  return Array.from({ length: count }, tell).filter(text => text !== undefined);
}

function polar(size: number, degrees: number): Phasor {
  const angle = (degrees * Math.PI) / 180;
  return { real: size * Math.cos(angle), imaginary: size * Math.sin(angle) };
}

function spectraOf(voltages: readonly Phasor[]): PhaseSpectrum[] {
  const rest = { current: polar(0, 0), voltageDistortion: undefined, currentDistortion: undefined };
  return voltages.map(voltage => ({ voltage, ...rest }));
}

/** Voltages to a star point that has moved, in V, and all turned together. */
function shifted(star: Phasor, turn = 0, angles = [0, -120, 120]): PhaseSpectrum[] {
  return spectraOf(
    angles.map(degrees => {
      const { real, imaginary } = polar(230, degrees + turn);
      return { real: real - star.real, imaginary: imaginary - star.imaginary };
    }),
  );
}

const HEALTHY = shifted(polar(0, 0));
const REVERSED = shifted(polar(0, 0), 30, [0, 120, -120]);
const BROKEN_NEUTRAL = shifted(polar(60, 17));

test('a phase without voltage beside others is told after a second, once', t => {
  for (const [voltages, text] of [
    [[230, 231, 20], 'phase lost L3'],
    [[110, 230, 230], 'phase lost L1'],
    [[230, 0], 'phase lost L2'],
  ] as const) {
    const watch = new Watched(voltages.length);
    t.deepEqual(told(watch, measured(voltages), 4), []);
    t.deepEqual(told(watch, measured(voltages), 1), [text]);
    t.deepEqual(told(watch, measured(voltages), 10_000), []);
  }
});

test('a phase is found lost as well when all transformers are known to be right', t => {
  const watch = new Watched(3);
  t.deepEqual(told(watch, measured([230, 230, 230], [900, 800, 700]), 100), []);
  t.deepEqual(told(watch, measured([230, 0, 230], [900, 0, 700]), 5), ['phase lost L2']);
});

test('two phases without voltage are both told', t => {
  const watch = new Watched(3);
  t.deepEqual(told(watch, measured([3, 230, 2]), 10), ['phase lost L1', 'phase lost L3']);
});

test('an outage of all phases, of the only one, or one of less than a second is no lost phase', t => {
  t.deepEqual(told(new Watched(3), measured([1, 2, 0.5]), 100), []);
  t.deepEqual(told(new Watched(1), measured([1]), 100), []);
  const watch = new Watched(3);
  for (let k = 0; k < 100; k++) {
    t.deepEqual(told(watch, measured([230, 0, 230]), 4), []);
    t.deepEqual(told(watch, measured([230, 230, 230]), 1), []);
  }
});

test('a phase that is lost again and again is told every ten minutes at most', t => {
  const watch = new Watched(3);
  const texts: string[] = [];
  const times: number[] = [];
  for (let k = 0; k < 30_000; k++) {
    const news = watch.take(measured(k % 20 < 10 ? [230, 0, 230] : [230, 230, 230]));
    if (news === undefined) continue;
    texts.push(news);
    times.push(k);
  }
  t.is(texts.length, 10);
  for (let k = 1; k < times.length; k++)
    t.true((times[k] as number) - (times[k - 1] as number) >= WINDOWS_IN_10_MINUTES);
});

test('nominal voltage is configurable', t => {
  t.deepEqual(told(new Watched(3, 120), measured([120, 100, 119]), 20), []);
  t.deepEqual(told(new Watched(3, 120), measured([120, 59, 119]), 20), ['phase lost L2']);
});

for (const [fault, spectra] of [
  ['sequence reversed', REVERSED],
  ['neutral lost', BROKEN_NEUTRAL],
] as const)
  test(`${fault} is told with the third capture in a row, once, and again when it comes back later`, t => {
    const watch = new Watched(3);
    const capture = (of: readonly PhaseSpectrum[], times: number) =>
      listed(times, () => watch.takeCapture(of));
    t.deepEqual(capture(spectra, 2), []);
    t.deepEqual(capture(HEALTHY, 1), []);
    t.deepEqual(capture(spectra, 2), []);
    t.deepEqual(capture(spectra, 1), [fault]);
    t.deepEqual(capture(spectra, 20), []);
    t.deepEqual(capture(HEALTHY, 3), []);
    t.deepEqual(capture(spectra, 5), []);
    told(watch, measured([230, 230, 230]), WINDOWS_IN_10_MINUTES);
    t.deepEqual(capture(spectra, 1), [fault]);
  });

test('a reversed sequence beside a lost neutral: both are told, a capture after the other', t => {
  const watch = new Watched(3);
  const both = shifted(polar(60, 17), 0, [0, 120, -120]);
  t.deepEqual(
    listed(5, () => watch.takeCapture(both)),
    ['neutral lost', 'sequence reversed'],
  );
});

const angle = fc.double({ min: 0, max: 360, noNaN: true });
function alwaysTold(spectra: readonly PhaseSpectrum[]): string[] {
  const watch = new Watched(3);
  return listed(4, () => watch.takeCapture(spectra));
}

test('a sequence is known whatever the angles are off by, up to 30°', t => {
  const off = fc.double({ min: -30, max: 30, noNaN: true });
  const size = fc.double({ min: 0.9, max: 1.1, noNaN: true });
  fc.assert(
    fc.property(
      angle,
      off,
      off,
      fc.tuple(size, size, size),
      fc.boolean(),
      (turn, a, b, sizes, isReversed) => {
        const sign = isReversed ? -1 : 1;
        const angles = [turn, turn - sign * (120 + a), turn + sign * (120 + b)];
        // An angle between L2 and L3 is then off by both.
        if (Math.abs(a + b) > 30) return true;
        const told = alwaysTold(spectraOf(angles.map((degrees, p) => polar(230 * (sizes[p] ?? 0), degrees))));
        return told.includes('sequence reversed') === isReversed;
      },
    ),
    { numRuns: 1000 },
  );
  t.pass();
});

test('a star point that has moved by 8 % or more is a lost neutral, whatever the direction', t => {
  const shift = fc.double({ min: 0.08 * 230, max: 0.95 * 230, noNaN: true });
  fc.assert(
    fc.property(shift, angle, angle, fc.boolean(), (volts, direction, turn, isReversed) => {
      const angles = isReversed ? [0, 120, -120] : [0, -120, 120];
      return alwaysTold(shifted(polar(volts, direction), turn, angles)).includes('neutral lost');
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('phases unequal by less than 3 V, and conversions one after the other, are in order', t => {
  const noise = fc.double({ min: -3, max: 3, noNaN: true });
  // 167 µs at 60 Hz: three phases converted in turn every 250 µs
  const late = fc.double({ min: 0, max: 3.6, noNaN: true });
  fc.assert(
    fc.property(angle, fc.tuple(noise, noise, noise), late, (turn, volts, degrees) => {
      const angles = [turn, turn - 120 + degrees / 2, turn + 120 + degrees];
      return alwaysTold(spectraOf(angles.map((a, p) => polar(230 + (volts[p] ?? 0), a)))).length === 0;
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

const OTHER: [string, PhaseSpectrum[]][] = [
  ['a dip of one phase', spectraOf([polar(140, 0), polar(230, -120), polar(230, 120)])],
  ['a phase without voltage', spectraOf([polar(0, 0), polar(230, -120), polar(230, 120)])],
  ['two phases without voltage', spectraOf([polar(230, 0), polar(1, 50), polar(2, 100)])],
  ['a short between two phases', spectraOf([polar(230, 0), polar(115, 180), polar(115, 180)])],
  ['one phase on all three inputs', spectraOf([polar(230, 0), polar(230, 0), polar(230, 0)])],
  ['one phase on two of three inputs', spectraOf([polar(230, 0), polar(230, 0), polar(230, 120)])],
  ['an outage', spectraOf([polar(0.5, 0), polar(0.6, 70), polar(0.2, 200)])],
  ['a single phase', spectraOf([polar(230, 0)])],
  ['a split phase', spectraOf([polar(120, 0), polar(120, 180)])],
];
for (const [what, spectra] of OTHER)
  test(`${what} is neither a lost neutral nor a reversed sequence`, t => {
    t.deepEqual(alwaysTold(spectra), []);
  });

test('a phase that has fed for ten minutes and never drawn is suspected, once, and is no more when it draws', t => {
  const watch = new Watched(1);
  t.deepEqual(told(watch, measured([230], [-400]), 1500), []);
  t.deepEqual(told(watch, measured([230], [0]), 5000), []);
  t.deepEqual(told(watch, measured([230], [-400]), 1499), []);
  t.false(watch.isSuspect(0));
  t.deepEqual(told(watch, measured([230], [-400]), 1), ['current reversed L1']);
  t.true(watch.isSuspect(0));
  t.deepEqual(told(watch, measured([230], [-400]), 10_000), []);
  t.deepEqual(told(watch, measured([230], [100]), 20), []);
  t.false(watch.isSuspect(0));
});

test('all transformers reversed are all told, and each on its own', t => {
  const reversed = new Watched(3);
  const volts = [230, 230, 230];
  t.deepEqual(told(reversed, measured(volts, [-50, -60, -70]), 3010), [
    'current reversed L1',
    'current reversed L2',
    'current reversed L3',
  ]);
  const one = new Watched(3);
  t.deepEqual(told(one, measured(volts, [50, -60, 70]), 3010), ['current reversed L2']);
  t.deepEqual(
    [0, 1, 2, 3].map(p => one.isSuspect(p)),
    [false, true, false, false],
  );
});

test('who has drawn for two seconds may feed for days, and what is below 20 W says nothing', t => {
  const watch = new Watched(1);
  told(watch, measured([230], [25]), 10);
  t.deepEqual(told(watch, measured([230], [-3000]), 100_000), []);
  t.deepEqual(told(new Watched(1), measured([230], [-19]), 100_000), []);
});

test('in a day of a clean three-phase supply nothing is told', t => {
  const watch = new Watched(3);
  const prng = new Prng('clean wires');
  const noisy = (value: number, noise: number) => value + noise * prng.gaussian();
  const texts: (string | undefined)[] = [];
  for (let k = 0; k < 432_000; k++) {
    const volts = [0, 1, 2].map(() => noisy(225, 3));
    texts.push(
      watch.take(
        measured(
          volts,
          volts.map(() => noisy(60, 40)),
        ),
      ),
    );
    if (k % 300 !== 0) continue;
    const angles = [0, -120, 120].map(degrees => noisy(k + degrees, 1));
    texts.push(watch.takeCapture(spectraOf(angles.map((degrees, p) => polar(volts[p] ?? 0, degrees)))));
  }
  t.deepEqual(
    texts.filter(text => text !== undefined),
    [],
  );
});

test('whatever is measured, a text names a fault in at most 32 characters', t => {
  const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(0, 230, -30, 30));
  const three = fc.tuple(value, value, value);
  const text = /^((phase lost|current reversed) L[123]|sequence reversed|neutral lost)$/;
  fc.assert(
    fc.property(fc.array(fc.tuple(three, three, three), { maxLength: 40 }), list => {
      const watch = new Watched(3);
      return list.every(([volts, powers, degrees]) => {
        const window = watch.take({ ...measured(volts, powers), duration: 60e6 });
        const capture = watch.takeCapture(spectraOf(volts.map((v, p) => polar(v, degrees[p] ?? 0))));
        return [window, capture].every(told => told === undefined || text.test(told));
      });
    }),
  );
  t.pass();
});
