import test from 'ava';
import fc from 'fast-check';
import type { Measurement } from '../../../firmware/host';
import { NO_PHASE_MEASUREMENT } from '../../../firmware/metrology/believable';
import { type VoltageLimits, VoltageWatch } from '../../../firmware/metrology/voltage-watch';
import { Prng } from '../../../hosts/mock/prng';

const WINDOW = 200_000;

function measured(voltages: readonly number[], duration = WINDOW): Measurement {
  const phases = voltages.map(voltage => ({ ...NO_PHASE_MEASUREMENT, voltage }));
  return { phases, frequency: 50, duration };
}

/** Thresholds of EN 50160 */
const LIMITS: VoltageLimits = { nominal: 230, sag: 900, swell: 1100, interruption: 50 };

/** With a clock that goes by the windows. */
class Watched {
  readonly #watch: VoltageWatch;
  #time = 0;

  constructor(limits?: Partial<VoltageLimits>) {
    this.#watch = new VoltageWatch({ ...LIMITS, ...limits });
  }

  get counts() {
    return this.#watch.counts;
  }

  take(measurement: Measurement): string | undefined {
    this.#time += measurement.duration / 1000;
    return this.#watch.take(measurement, this.#time);
  }
}

/** What is told of so many windows with these voltages. */
function told(watch: Watched, voltages: readonly number[], windows: number): string[] {
  const texts: string[] = [];
  for (let k = 0; k < windows; k++) {
    const text = watch.take(measured(voltages));
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

/** Told at the end of so many windows of a voltage beside good ones. */
function after(watch: Watched, voltages: readonly number[], windows: number): string[] {
  const during = told(watch, voltages, windows);
  return [
    ...during,
    ...told(
      watch,
      voltages.map(() => 230),
      5,
    ),
  ];
}

const INCIDENTS: [string, number[], number, string][] = [
  ['a sag', [172.34], 9, 'sag L1 172.3 V 1.8 s'],
  ['a swell', [255], 1, 'swell L1 255.0 V 0.2 s'],
  ['an interruption', [0.7], 15, 'interruption 0.7 V 3.0 s'],
  ['a sag of a phase', [231, 229, 150], 3, 'sag L3 150.0 V 0.6 s'],
  ['a swell of a phase', [231, 280, 229], 3, 'swell L2 280.0 V 0.6 s'],
  ['a loss of one phase', [230, 0, 230], 3, 'sag L2 0.0 V 0.6 s'],
  ['an interruption of three phases', [0.3, 1.2, 0.5], 5, 'interruption 1.2 V 1.0 s'],
  ['a sag of an hour and a half', [180], 27_000, 'sag L1 180.0 V 5400 s'],
];
for (const [what, voltages, windows, text] of INCIDENTS)
  test(`${what} is told when it is over, with its extreme and duration`, t => {
    t.deepEqual(after(new Watched(), voltages, windows), [text]);
  });

test('what stays just within the limits is no incident; just beyond it is', t => {
  for (const within of [207.1, 252.9]) t.deepEqual(after(new Watched(), [within], 5), []);
  for (const beyond of [206.9, 253.1]) t.is(after(new Watched(), [beyond], 5).length, 1);
});

test('an incident goes on until the voltage is back by 2 % of nominal, and keeps its extreme', t => {
  const watch = new Watched();
  for (const volts of [205, 190, 210, 208, 206, 211]) t.deepEqual(told(watch, [volts], 1), []);
  t.deepEqual(told(watch, [212], 1), ['sag L1 190.0 V 1.2 s']);
  t.deepEqual(told(watch, [254], 1), []);
  t.deepEqual(told(watch, [249], 1), []);
  t.deepEqual(told(watch, [248], 1), ['swell L1 254.0 V 0.4 s']);
  t.deepEqual(watch.counts, { sags: 1, swells: 1, interruptions: 0 });
});

test('an outage with its halves of windows is one interruption, not also two sags', t => {
  const watch = new Watched();
  t.deepEqual(
    [150, 0.7, 0.7, 120, 230, 230].flatMap(volts => told(watch, [volts], 1)),
    ['interruption 0.7 V 0.4 s'],
  );
  t.deepEqual(watch.counts, { sags: 0, swells: 0, interruptions: 1 });
});

test('the voltage that comes back too low is a sag of its own', t => {
  const watch = new Watched();
  const texts = [0.7, 120, 180, 180, 230, 230].flatMap(volts => told(watch, [volts], 1));
  t.deepEqual(texts, ['interruption 0.7 V 0.2 s', 'sag L1 180.0 V 0.4 s']);
});

test('a sag and a swell of different phases that end together are both told', t => {
  t.deepEqual(after(new Watched(), [150, 280, 230], 5), ['sag L1 150.0 V 1.0 s', 'swell L2 280.0 V 1.0 s']);
});

test('of each kind one is told in ten minutes of windows, and all are counted', t => {
  const watch = new Watched();
  const texts: string[] = [];
  // a second each: a sag of 0.2 s every second for 25 minutes, and two swells
  for (let second = 0; second < 1500; second++) {
    texts.push(...told(watch, [180], 1), ...told(watch, [230], 4));
    if (second === 100 || second === 200) texts.push(...told(watch, [260], 1), ...told(watch, [230], 1));
  }
  t.is(texts.filter(text => text === 'sag L1 180.0 V 0.2 s').length, 3);
  t.is(texts.filter(text => text === 'swell L1 260.0 V 0.2 s').length, 1);
  t.deepEqual(watch.counts, { sags: 1500, swells: 2, interruptions: 0 });
});

test('a piece of a cycle is not judged, but is part of what lasts', t => {
  const watch = new Watched();
  t.is(watch.take(measured([40], 9_000)), undefined);
  t.is(watch.take(measured([0], 0)), undefined);
  t.deepEqual(told(watch, [230], 3), []);
  told(watch, [150], 2);
  t.is(watch.take(measured([90], 90_000)), undefined);
  t.deepEqual(told(watch, [230], 2), ['sag L1 150.0 V 0.5 s']);
});

test('a dip to 70 % shows when 75 ms of it are in a window, a loss of voltage when 40 ms are', t => {
  const windowWith = (residual: number, milliseconds: number) =>
    230 * Math.sqrt(1 - (milliseconds / 200) * (1 - residual ** 2));
  const isSeen = (volts: number) => after(new Watched(), [volts], 1).length === 1;
  t.deepEqual(
    [73, 76].map(ms => isSeen(windowWith(0.7, ms))),
    [false, true],
  );
  t.deepEqual(
    [37, 40].map(ms => isSeen(windowWith(0, ms))),
    [false, true],
  );
});

test('each limit is configurable', t => {
  const watch = new Watched({ nominal: 120, sag: 800 });
  t.deepEqual(told(watch, [97], 5), []);
  told(watch, [95], 5);
  t.deepEqual(told(watch, [120], 2), ['sag L1 95.0 V 1.0 s']);
  told(watch, [133], 5);
  t.deepEqual(told(watch, [120], 2), ['swell L1 133.0 V 1.0 s']);
});

test('in a day of a voltage that wanders within its limits nothing is told', t => {
  const watch = new Watched();
  const prng = new Prng('clean voltage');
  const texts: string[] = [];
  for (let k = 0; k < 432_000; k++) {
    const wander = 15 * Math.sin(k / 9000);
    texts.push(
      ...told(
        watch,
        [0, 1, 2].map(() => 230 + wander + 1.5 * prng.gaussian()),
        1,
      ),
    );
  }
  t.deepEqual(texts, []);
  t.deepEqual(watch.counts, { sags: 0, swells: 0, interruptions: 0 });
});

test('whatever the voltages and durations, a text is short, ASCII and of numbers', t => {
  const volts = fc.oneof(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.constantFrom(0, 11, 100, 230, 260),
    fc.constant(Number.NaN),
  );
  const duration = fc.oneof(fc.nat({ max: 400_000 }), fc.nat({ max: 2 ** 31 - 1 }), fc.constant(2e15));
  const windows = fc.array(fc.tuple(fc.array(volts, { minLength: 3, maxLength: 3 }), duration), {
    maxLength: 40,
  });
  const text = /^((sag|swell) L[123]|interruption) \d+\.\d V \d+(\.\d)? s$/;
  fc.assert(
    fc.property(windows, fc.integer({ min: 1, max: 3 }), (list, phases) => {
      const watch = new Watched();
      return list.every(([voltages, microseconds]) => {
        const told = watch.take(measured(voltages.slice(0, phases), microseconds));
        return told === undefined || (told.length <= 32 && text.test(told));
      });
    }),
    { numRuns: 3000 },
  );
  t.pass();
});
