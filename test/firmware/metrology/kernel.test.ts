import test from 'ava';
import fc from 'fast-check';
import type { PhaseSums, Window } from '../../../firmware/host';
import { Kernel } from '../../../firmware/metrology/kernel';
import { LONGEST_WINDOW, SHORTEST_WINDOW } from '../../../firmware/metrology/window-length';
import { Prng } from '../../../hosts/mock/prng';

const PERIOD = 250;

/** Runs counts through a kernel in blocks of the given sizes, over and over. */
function windowsOf(counts: Uint16Array, phases: number, blocks: readonly number[]): Window[] {
  const windows: Window[] = [];
  const kernel = new Kernel({ phases, startTime: 0 }, window => windows.push(window));
  const width = 2 * phases;
  const rows = counts.length / width;
  for (let row = 0, k = 0; row < rows; k++) {
    const size = Math.min(blocks[k % blocks.length] ?? 1, rows - row);
    kernel.add(counts.subarray(row * width), size, (row + size) * PERIOD);
    row += size;
  }
  return windows;
}

function synthesise(
  rows: number,
  wave: (row: number) => readonly number[],
  noise: (row: number) => number = () => 0,
): Uint16Array {
  const sets: number[] = [];
  for (let row = 0; row < rows; row++)
    for (const level of wave(row)) sets.push(Math.round(level + noise(row)));
  return Uint16Array.from(sets);
}

const mains = (hertz: number, amplitude = 1400, bias = 2048) => {
  const step = 2 * Math.PI * hertz * PERIOD * 1e-6;
  return (row: number) => [bias + amplitude * Math.sin(step * row + 1), 2048 + 200 * Math.sin(step * row)];
};

/** The sums of rows `from` to `to`, written down as the definitions have them. */
function naiveSums(counts: Uint16Array, phases: number, phase: number, from: number, to: number) {
  const v = (row: number) => BigInt(counts[Math.max(0, row) * 2 * phases + 2 * phase] ?? 0);
  const i = (row: number) => BigInt(counts[Math.max(0, row) * 2 * phases + 2 * phase + 1] ?? 0);
  const sum = (term: (row: number) => bigint) => {
    let total = 0n;
    for (let row = from; row < to; row++) total += term(row);
    return total;
  };
  return {
    v: sum(v),
    i: sum(i),
    vEarlier: sum(row => v(row - 1)),
    iEarlier: sum(row => i(row - 1)),
    vv: sum(row => v(row) * v(row)),
    ii: sum(row => i(row) * i(row)),
    vi: sum(row => v(row) * i(row)),
    vEarlierI: sum(row => v(row - 1) * i(row)),
    vIEarlier: sum(row => v(row) * i(row - 1)),
  };
}

const recordings = fc
  .record({ phases: fc.integer({ min: 1, max: 3 }), rows: fc.integer({ min: 1, max: 3000 }), seed: fc.nat() })
  .map(({ phases, rows, seed }) => {
    let state = seed;
    const counts = Uint16Array.from({ length: rows * 2 * phases }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 16;
    });
    return { phases, counts };
  });
const blockSizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });

test('windows of random samples hold exactly the sums that BigInt finds, and adjoin', t => {
  fc.assert(
    fc.property(recordings, blockSizes, ({ phases, counts }, blocks) => {
      let row = 0;
      for (const window of windowsOf(counts, phases, blocks)) {
        window.phases.forEach((sums, p) => {
          const exact = naiveSums(counts, phases, p, row, row + window.samples);
          for (const key of Object.keys(exact) as (keyof PhaseSums)[])
            if (BigInt(sums[key]) !== exact[key]) throw new Error(`${key}: ${sums[key]}, not ${exact[key]}`);
        });
        if (window.duration !== window.samples * PERIOD) throw new Error(`duration ${window.duration}`);
        row += window.samples;
      }
      const left = counts.length / (2 * phases) - row;
      if (left * PERIOD > LONGEST_WINDOW) throw new Error(`${left} rows in no window`);
    }),
    { numRuns: 150 },
  );
  t.pass();
});

test('how the samples are split into blocks changes no bit', t => {
  fc.assert(
    fc.property(fc.double({ min: 45, max: 65, noNaN: true }), blockSizes, (hertz, blocks) => {
      const live = mains(hertz);
      const outage = (row: number) => row > 1100 && row < 4000;
      const counts = synthesise(
        6000,
        row => (outage(row) ? [2048, 2048] : live(row)),
        row => 5 * Math.sin(row * row),
      );
      const whole = JSON.stringify(windowsOf(counts, 1, [6000]));
      return whole === JSON.stringify(windowsOf(counts, 1, blocks));
    }),
    { numRuns: 60 },
  );
  t.pass();
});

for (const [hertz, cycles] of [
  [50, 10],
  [60, 12],
  [45, 9],
  [55, 11],
] as const) {
  test(`at ${hertz} Hz a window has ${cycles} whole cycles and tells the frequency within 50 ppm`, t => {
    const [first, ...rest] = windowsOf(synthesise(12_000, mains(hertz)), 1, [64]);
    t.is(first?.cycles, 0, 'sampling begins in mid-cycle');
    t.is(rest.length, 14);
    let span = 0;
    for (const window of rest) {
      t.is(window.cycles, cycles);
      t.true(window.duration >= SHORTEST_WINDOW);
      t.true(Math.abs(window.duration - window.cycleSpan) < PERIOD);
      span += window.cycleSpan;
    }
    t.true(Math.abs((1e6 * cycles * rest.length) / span / hertz - 1) < 50e-6);
  });
}

test('noise around the resting voltage makes no crossing: windows end at their greatest length, without cycles', t => {
  const windows = windowsOf(
    synthesise(
      5000,
      () => [2048, 2048],
      row => 30 * Math.sin(row * row),
    ),
    1,
    [100],
  );
  t.is(windows.length, 4);
  for (const { cycles, cycleSpan, duration } of windows)
    t.deepEqual({ cycles, cycleSpan, duration }, { cycles: 0, cycleSpan: 0, duration: LONGEST_WINDOW });
});

test('noise on the mains does not add crossings', t => {
  const windows = windowsOf(
    synthesise(8000, mains(50, 200), row => 14 * Math.sin(row * row)),
    1,
    [100],
  );
  t.deepEqual([...new Set(windows.slice(1).map(({ cycles }) => cycles))], [10]);
});

test('spikes in the half wave after a crossing are no crossings', t => {
  const live = mains(50);
  // Two samples behind the crest, as low as the trough.
  const isSpike = (row: number) => [18, 19].includes(row % 80);
  const counts = synthesise(8000, row => (isSpike(row) ? [600, 2048] : live(row + 75)));
  const windows = windowsOf(counts, 1, [100]);
  t.true((windows[0]?.duration ?? 0) < 150_000);
  t.deepEqual([...new Set(windows.slice(1).map(({ cycles }) => cycles))], [10]);
});

test('a notch beside the falling crossing is taken for a rising one at first at most', t => {
  const step = 2 * Math.PI * 50 * PERIOD * 1e-6;
  // It begins at the crest, so the notch comes first; 0.75 ms behind the crossing it lifts the voltage above its rest.
  const isNotch = (row: number) => [23, 24].includes(row % 80);
  const wave = (row: number) => [2048 + 1400 * Math.cos(step * row) + (isNotch(row) ? 600 : 0), 2048];
  const windows = windowsOf(synthesise(8000, wave), 1, [100]);
  t.true((windows[0]?.duration ?? 0) < 150_000);
  t.deepEqual([...new Set(windows.slice(1).map(({ cycles }) => cycles))], [10]);
});

test('a bias far from mid-scale is found within a window', t => {
  const windows = windowsOf(synthesise(8000, mains(50, 300, 900)), 1, [100]);
  t.is(windows[0]?.duration, LONGEST_WINDOW);
  t.deepEqual([...new Set(windows.slice(2).map(({ cycles }) => cycles))], [10]);
});

test('a sample on the resting voltage itself crosses it', t => {
  const rows = (row: number) => [row % 80 < 40 ? 2048 : 1000, 2048];
  const [first, second] = windowsOf(synthesise(2000, rows), 1, [64]);
  t.is((first?.samples ?? 0) % 80, 0);
  t.is(second?.samples, 800);
});

/** A voltage of 600 counts as bad as mains gets. */
const distorted = fc.record({
  hertz: fc.double({ min: 45, max: 65, noNaN: true }),
  start: fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
  fifth: fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
  seventh: fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
  /** Cycles from the zero crossing to the notch, and its depth by the amplitude */
  notch: fc.double({ min: -0.03, max: 0.03, noNaN: true }),
  depth: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
  seed: fc.nat(),
});

/** µs, a notch of a current that changes from valve to valve, as a transformer rounds it */
const NOTCH_WIDTH = 500;

function distortedCounts(shape: typeof distorted extends fc.Arbitrary<infer T> ? T : never, rows: number) {
  const prng = new Prng(shape.seed);
  const cyclesPerRow = shape.hertz * PERIOD * 1e-6;
  const notchAt = (turn: number, at: number) => {
    const away = Math.abs(turn - at - Math.round(turn - at)) / shape.hertz;
    return away < NOTCH_WIDTH / 2e6 ? (1 + Math.cos((2e6 * Math.PI * away) / NOTCH_WIDTH)) / 2 : 0;
  };
  return synthesise(rows, row => {
    const turn = cyclesPerRow * row + shape.start / (2 * Math.PI);
    const x = 2 * Math.PI * turn;
    const harmonics = 0.1 * Math.sin(5 * x + shape.fifth) + 0.05 * Math.sin(7 * x + shape.seventh);
    const notches = shape.depth * (notchAt(turn, shape.notch) - notchAt(turn, shape.notch + 0.5));
    return [2048 + 600 * (Math.sin(x) + harmonics + notches) + 6 * prng.gaussian(), 2048];
  });
}

test('with noise, harmonics and notches on the crossings windows have whole cycles, and tell 0.01 Hz', t => {
  let worst = 0;
  fc.assert(
    fc.property(distorted, shape => {
      const [, ...windows] = windowsOf(distortedCounts(shape, 8000), 1, [64]);
      t.true(windows.length > 8);
      for (const { cycles, cycleSpan, duration, samples } of windows) {
        const hertz = (cycles * 1e6) / cycleSpan;
        worst = Math.max(worst, Math.abs(hertz - shape.hertz));
        t.true(Math.abs(hertz - shape.hertz) <= 0.01, `${hertz} Hz`);
        // A window is cut where the voltage crosses, and notches move that.
        t.true(Math.abs(duration - cycleSpan) < 0.1 * (cycleSpan / cycles));
        t.is(duration, samples * PERIOD);
      }
    }),
    { numRuns: 200, endOnFailure: true },
  );
  t.log(`worst ${worst} Hz`);
});

/** Three phases of 50.2 Hz, those named with no more than noise. */
function threePhases(rows: number, isAbsent: (phase: number, row: number) => boolean): Uint16Array {
  const step = 2 * Math.PI * 50.2 * PERIOD * 1e-6;
  const wave = (row: number) =>
    [0, 1, 2].flatMap(phase => {
      const level = Math.sin(step * row - (phase * 2 * Math.PI) / 3);
      return [isAbsent(phase, row) ? 2048 : 2048 + 1400 * level, 2048 + 100 * level];
    });
  return synthesise(rows, wave, row => 3 * Math.sin(row * row));
}

for (const absent of [[0], [0, 1], [0, 2], [1, 2]]) {
  const names = absent.map(phase => phase + 1).join(' and ');
  test(`with phase ${names} absent windows still have whole cycles`, t => {
    const windows = windowsOf(
      threePhases(8000, phase => absent.includes(phase)),
      3,
      [64],
    );
    // Each absent phase has its turn before one that is there.
    const whole = windows.slice(absent.includes(0) ? absent.length + 1 : 1);
    t.true(whole.length >= 5);
    for (const { cycles, cycleSpan } of whole) {
      t.is(cycles, 10);
      t.true(Math.abs((cycles * 1e6) / cycleSpan - 50.2) < 0.01);
    }
  });
}

test('when the reference phase goes, the next one takes over within two windows', t => {
  const windows = windowsOf(
    threePhases(12_000, (phase, row) => phase === 0 && row > 4100),
    3,
    [64],
  );
  t.regex(windows.map(({ cycles }) => cycles).join(' '), /^0( 10)+ 0 0( 10){8,}$/);
  const [expired, taken] = windows.filter(({ cycles }) => cycles === 0).slice(1);
  t.is(expired?.duration, LONGEST_WINDOW);
  t.true((taken?.duration ?? 0) < 70_000);
});

/** Feeds blocks of 64 rows, each after as many µs as the function says that were lost. */
function withLosses(counts: Uint16Array, lostBefore: (block: number) => number) {
  const windows: Window[] = [];
  const lost: number[] = [];
  const kernel = new Kernel({ phases: 1, startTime: 0 }, window => windows.push(window));
  let time = 0;
  let row = 0;
  for (let block = 0; ; block++) {
    // The mains goes on meanwhile.
    const missing = Math.round(lostBefore(block) / PERIOD);
    row += missing;
    if (row + 64 > counts.length / 2) return { windows, lost, time };
    time += (missing + 64) * PERIOD;
    lost.push(kernel.add(counts.subarray(2 * row, 2 * row + 128), 64, time));
    row += 64;
  }
}

test('a gap goes into the window under way, which counts no cycles and ends as soon as one was measured', t => {
  const counts = synthesise(12_000, mains(50));
  const { windows, lost } = withLosses(counts, block => (block === 60 ? 30_000 : 0));
  t.is(lost[60], 30_000);
  t.is(lost.filter(each => each > 0).length, 1);
  t.regex(windows.map(({ cycles }) => cycles).join(' '), /^0( 10)+ 0( 10)+$/);
  const [, hit] = windows.filter(({ cycles }) => cycles === 0);
  t.is(hit?.gap, 30_000);
  t.is((hit?.samples ?? 0) * PERIOD + 30_000, hit?.duration ?? 0);
  for (const { cycles, gap, samples, duration } of windows)
    t.is(gap, duration - samples * PERIOD, `${cycles} cycles`);
});

test('after a gap that makes it too old a window ends before the first sample of the block', t => {
  const counts = synthesise(20_000, mains(50));
  const { windows } = withLosses(counts, block => (block === 60 ? 1_500_000 : 0));
  const hit = windows.find(({ gap }) => gap > 0);
  t.is(hit?.gap, 1_500_000);
  t.true((hit?.samples ?? 0) < 800);
  t.is((hit?.samples ?? 0) * PERIOD + 1_500_000, hit?.duration ?? 0);
});

test('whatever is lost, durations add up to the time and gaps to what was lost, and no other window is wrong', t => {
  const counts = synthesise(30_000, mains(52), row => 3 * Math.sin(row * row));
  const losses = fc.array(
    fc.record({
      block: fc.integer({ min: 20, max: 200 }),
      lost: fc.oneof(fc.integer({ min: 6000, max: 60_000 }), fc.integer({ min: 6000, max: 900_000 })),
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(losses, list => {
      const lossBefore = new Map(list.map(({ block, lost }) => [block, lost]));
      const { windows, lost, time } = withLosses(counts, block => lossBefore.get(block) ?? 0);
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      const covered = sum(windows.map(({ duration }) => duration));
      t.true(time - covered >= 0 && time - covered < LONGEST_WINDOW + 1e6);
      for (const { cycles, cycleSpan, duration, gap, samples } of windows) {
        t.is(gap, duration - samples * PERIOD);
        if (gap > 0) t.is(cycles, 0);
        if (cycles > 0) t.true(Math.abs((cycles * 1e6) / cycleSpan - 52) < 0.01);
      }
      t.true(sum(lost) >= sum(windows.map(({ gap }) => gap)));
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test('what a block comes late is no gap, and without a window to learn from nothing is', t => {
  const counts = synthesise(8000, mains(50));
  const { lost } = withLosses(counts, block => (block === 60 ? 5000 : block === 2 ? 100_000 : 0));
  t.true(lost.every(each => each === 0));
});

test('an outage gives windows without cycles, and whole cycles again once mains is back', t => {
  const live = mains(50);
  const counts = synthesise(16_000, row => (row > 4100 && row < 9000 ? [2048, 2048] : live(row)));
  const cycles = windowsOf(counts, 1, [40]).map(window => window.cycles);
  t.regex(cycles.join(' '), /^0( 10)+( 0)+( 10)+$/);
});

test('a block shorter than announced, time that goes back and a fourth phase are misuse', t => {
  const kernel = new Kernel({ phases: 1, startTime: 100 }, () => {});
  t.throws(() => kernel.add(new Uint16Array(3), 2, 200), { instanceOf: RangeError, message: /at least 4/ });
  t.throws(() => kernel.add(new Uint16Array(4), 2, 99), { instanceOf: RangeError, message: /100 µs/ });
  t.throws(() => kernel.add(new Uint16Array(4), 2, Number.NaN), { instanceOf: RangeError });
  t.throws(() => new Kernel({ phases: 4, startTime: 0 }, () => {}), { instanceOf: RangeError });
});
