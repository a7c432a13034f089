import test from 'ava';
import fc from 'fast-check';
import type { PhaseSums, Window } from '../../../firmware/host';
import { Kernel, LONGEST_WINDOW, SHORTEST_WINDOW } from '../../../firmware/metrology/kernel';

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

test('a bias far from mid-scale is found within a window', t => {
  const windows = windowsOf(synthesise(8000, mains(50, 300, 900)), 1, [100]);
  t.is(windows[0]?.duration, LONGEST_WINDOW);
  t.deepEqual([...new Set(windows.slice(2).map(({ cycles }) => cycles))], [10]);
});

test('a sample on the resting voltage itself crosses it', t => {
  const [first] = windowsOf(
    synthesise(300, row => [row < 100 ? 1000 : 2048, 2048]),
    1,
    [64],
  );
  t.is(first?.samples, 100);
});

test('a voltage that swings from one sample to the next crosses at every other one', t => {
  const counts = synthesise(4000, row => [row % 2 === 0 ? 1000 : 3000, 2048]);
  for (const { cycles, samples } of windowsOf(counts, 1, [64, 7]).slice(1)) t.is(2 * cycles, samples);
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
