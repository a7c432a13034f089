import test from 'ava';
import fc from 'fast-check';
import type { PhaseSums, Window } from '../../../firmware/host';
import { LONGEST_CAPTURE } from '../../../firmware/metrology/capture-length';
import { Kernel } from '../../../firmware/metrology/kernel';
import { Scope } from '../../../firmware/metrology/scope';
import { Prng } from '../../../hosts/mock/prng';
import { HOST_RACE_DETECTING } from '../../../hosts/native/toolchain/compiler';
import { compileSamplerHarness } from '../../../hosts/native/toolchain/programs';
import { type Answer, converse, Fields, int64s } from './harness';
import { type Recording, recordings } from './recording';
import { variant, variants } from './variants';

const { plain, short, sanitized } = variants(compileSamplerHarness);
/** For what is quickly done. */
const CAREFUL = sanitized.program || plain.program;
const raceDetecting = variant('under the race detector', HOST_RACE_DETECTING, compileSamplerHarness);

/** Operations of sampler_harness.c */
const SUM = 1;
const SORT = 2;
const HAND_OVER = 3;
const RACE = 4;
const CAPTURE = 5;
const CAPTURE_RACE = 6;

const NO_SUMS: PhaseSums = {
  v: 0,
  i: 0,
  vEarlier: 0,
  iEarlier: 0,
  vv: 0,
  ii: 0,
  vi: 0,
  vEarlierI: 0,
  vIEarlier: 0,
};

function sumRequest({ phases, midScale, hysteresis, startTime, blocks }: Recording) {
  const fields = new Fields().uint32(phases).uint32(midScale).uint32(hysteresis).int64(startTime);
  for (const { counts, count, endTime } of blocks) fields.uint32(count).int64(endTime).counts(counts);
  return { operation: SUM, fields };
}

function windowsOf({ blocks, ...options }: Recording): Window[] {
  const windows: Window[] = [];
  const kernel = new Kernel(options, window => windows.push(window));
  for (const { counts, count, endTime } of blocks) kernel.add(counts, count, endTime);
  return windows;
}

/** In the order in which the program writes them. */
function numbers({ samples, cycles, duration, cycleSpan, gap, phases }: Window): number[] {
  const sums = [0, 1, 2].map(p => phases[p] ?? NO_SUMS);
  return [samples, cycles, duration, cycleSpan, gap, ...sums.flatMap(inOrder)];
}

function inOrder({ v, i, vEarlier, iEarlier, vv, ii, vi, vEarlierI, vIEarlier }: PhaseSums): number[] {
  return [v, i, vEarlier, iEarlier, vv, ii, vi, vEarlierI, vIEarlier];
}

const PAIRS = 14_000;

for (const [{ name, program, run }, count] of [
  [plain, 75],
  [short, 20],
  [sanitized, 20],
] as const) {
  run(
    `the native kernel, ${name}, gives the windows of the TypeScript kernel to the bit over ${count * PAIRS} pairs`,
    t => {
      let withMains = 0;
      let without = 0;
      let withGap = 0;
      fc.assert(
        fc.property(recordings(PAIRS), recording => {
          const windows = windowsOf(recording);
          for (const { cycles, gap } of windows) {
            cycles > 0 ? withMains++ : without++;
            if (gap > 0) withGap++;
          }
          t.deepEqual(int64s(converse(program, [sumRequest(recording)])[0]), windows.flatMap(numbers));
        }),
        { numRuns: count, endOnFailure: true },
      );
      const counted = `${withMains} windows with mains, ${without} without, ${withGap} with a gap`;
      t.true(Math.min(withMains, without, 4 * withGap) > count / 2, counted);
    },
  );
}

test('the native kernel refuses a fourth phase, none, time that goes back, and more sets at once than it says', t => {
  const start = { midScale: 2048, hysteresis: 32, startTime: 100, blocks: [] };
  const block = (endTime: number) => ({ counts: new Uint16Array(2), count: 1, endTime });
  const tooLong = { counts: new Uint16Array(2 * 65_537), count: 65_537, endTime: 200 };
  const [none, three, four, back, long] = converse(CAREFUL, [
    sumRequest({ ...start, phases: 0 }),
    sumRequest({ ...start, phases: 3 }),
    sumRequest({ ...start, phases: 4 }),
    sumRequest({ ...start, phases: 1, blocks: [block(200), block(199)] }),
    sumRequest({ ...start, phases: 1, blocks: [tooLong] }),
  ]);
  t.deepEqual([none, three?.length, four, back, long], [undefined, 0, undefined, undefined, undefined]);
});

/** Conversions of channels to sets in the announced order, then how many sets broke and conversions were clipped. */
function sort(channels: readonly number[], conversions: readonly (readonly [number, number])[]): Answer {
  const fields = new Fields().uint32(channels.length).bytes(Uint8Array.from(channels));
  for (const [channel, count] of conversions) fields.uint32(channel).uint32(count);
  return converse(CAREFUL, [{ operation: SORT, fields }])[0];
}

test('conversions become sample sets in the order of the phases, in whatever order the channels of a set come', t => {
  const channelSets = fc
    .constantFrom(2, 4, 6)
    .chain(count => fc.uniqueArray(fc.integer({ min: 0, max: 15 }), { minLength: count, maxLength: count }));
  const setCounts = fc.array(fc.oneof(fc.integer({ min: 0, max: 4095 }), fc.constantFrom(0, 1, 4094, 4095)), {
    minLength: 6,
    maxLength: 6,
  });
  fc.assert(
    fc.property(channelSets, fc.array(setCounts, { maxLength: 20 }), fc.nat(), (channels, sets, seed) => {
      const prng = new Prng(seed);
      const conversions = sets.flatMap(set =>
        channels.map((channel, k) => [channel, set[k] as number] as const).sort(() => prng.uniform() - 0.5),
      );
      const counts = sets.flatMap(set => set.slice(0, channels.length));
      const clipped = counts.filter(count => count === 0 || count === 4095).length;
      t.deepEqual(int64s(sort(channels, conversions)), [...counts, 0, clipped]);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

test('a lost conversion costs its own set and no other, and an alien channel none', t => {
  const [v, i, alien] = [6, 7, 3];
  const conversions = [
    [v, 1],
    [i, 2],
    [v, 3],
    [v, 5],
    [alien, 99],
    [i, 6],
    [16, 98],
    [i, 8],
    [v, 7],
  ] as const;
  t.deepEqual(int64s(sort([v, i], conversions)), [1, 2, 5, 6, 7, 8, 1, 0]);
});

test('a set that lost its last conversion lends none to the next', t => {
  const channels = [0, 3, 6, 7];
  const conversions = [10, 13, 16, 20, 23, 26, 27].map(count => [count % 10, count] as const);
  t.deepEqual(int64s(sort(channels, conversions)), [20, 23, 26, 27, 1, 0]);
});

test('a conversion at either end of the range is clipped, but not one of an alien channel', t => {
  const [v, i, alien] = [6, 7, 3];
  const conversions = [
    [v, 0],
    [i, 1],
    [v, 4094],
    [i, 4095],
    [alien, 0],
    [16, 4095],
    [v, 4095],
  ] as const;
  t.deepEqual(int64s(sort([v, i], conversions)), [0, 1, 4094, 4095, 0, 3]);
});

test('channels that cannot make pairs are refused', t => {
  for (const channels of [[], [1], [1, 2, 3], [1, 1], [1, 16], [1, 2, 3, 4, 5, 6, 7, 8]])
    t.is(sort(channels, []), undefined, channels.join());
});

const RING_SIZE = 8;
const TAKE = 0;

/** Samples, losses, clipped and joined windows of each entry taken. */
function handOver(steps: readonly number[]): number[] {
  const fields = new Fields();
  for (const step of steps) fields.uint32(step);
  return int64s(converse(CAREFUL, [{ operation: HAND_OVER, fields }])[0]);
}

test('windows are handed over one by one, each with what was lost and clipped before it', t => {
  t.deepEqual(handOver([TAKE, 3, TAKE, TAKE, 4, 5, TAKE, TAKE]), [3, 2, 9, 1, 4, 3, 12, 1, 5, 4, 15, 1]);
});

test('a reader that comes too late gets windows joined into one, and no sample, loss or clipping is missing', t => {
  const pushes = Array.from({ length: RING_SIZE + 3 }, (_, k) => k + 1);
  const taken = handOver([...pushes, ...pushes.map(() => TAKE), 20, TAKE]);
  const [samples, losses, clipped, joined] = taken.slice(-4);
  t.deepEqual(
    taken.slice(0, -4),
    pushes.slice(0, RING_SIZE).flatMap(k => [k, k - 1, 3 * k, 1]),
  );
  const sum = 9 + 10 + 11 + 20;
  t.deepEqual([samples, losses, clipped, joined], [sum, sum - 4, 3 * sum, 4]);
});

for (const { name, program, run } of [plain, raceDetecting]) {
  run(`two threads hand over 200,000 windows without tearing or losing one, ${name}`, t => {
    const fields = new Fields().uint32(200_000);
    const [windows, torn] = int64s(converse(program, [{ operation: RACE, fields }])[0]);
    t.deepEqual({ windows, torn }, { windows: 200_000, torn: 0 });
  });
}

/** What happens to a scope: it is asked for sets, gets a block or loses one, or the answer is fetched. */
type ScopeStep =
  | { readonly kind: 'ask' | 'add'; readonly sets: number }
  | { readonly kind: 'lose' | 'take'; readonly sets?: never };

const scopeSteps: fc.Arbitrary<ScopeStep[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('ask' as const),
      sets: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.constant(LONGEST_CAPTURE)),
    }),
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), sets: fc.nat({ max: 90 }) }) },
    fc.record({ kind: fc.constantFrom('lose' as const, 'take' as const, 'take' as const) }),
  ),
  { minLength: 40, maxLength: 60 },
);

/** The counts and times are made from the seed; fields for the program, and what the TypeScript scope answers. */
function captureBoth(phases: number, steps: readonly ScopeStep[], seed: number) {
  const prng = new Prng(seed);
  const fields = new Fields().uint32(2 * phases);
  const scope = new Scope(phases, 0);
  const answers: number[] = [];
  let time = 0;
  let last: number[] = [-1];
  for (const { kind, sets = 0 } of steps) {
    const start = time;
    const counts = Uint16Array.from({ length: 2 * phases * sets }, () => prng.bits());
    if (kind === 'ask') {
      fields.uint32(0).uint32(sets);
      scope.request(sets);
      last = [-1];
    } else if (kind === 'add') {
      time += Math.round(sets * 250 * prng.uniform());
      fields.uint32(1).uint32(sets).int64(start).int64(time).counts(counts);
      scope.add(counts, sets, time, 0);
    } else if (kind === 'lose') {
      fields.uint32(2);
      scope.add(counts, 0, time, 1);
    } else {
      fields.uint32(3);
      const capture = scope.take();
      if (capture !== undefined) {
        const length = capture.counts.length / (2 * phases);
        last = [Math.round(capture.samplePeriod * length), ...capture.counts];
      }
      answers.push(...last);
    }
  }
  return { fields, answers };
}

for (const { name, program, run } of [plain, short, sanitized]) {
  run(`the native scope, ${name}, captures what the TypeScript scope captures`, t => {
    let whole = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), scopeSteps, fc.nat(), (phases, steps, seed) => {
        const { fields, answers } = captureBoth(phases, steps, seed);
        if (answers.length > 60) whole++;
        t.deepEqual(int64s(converse(program, [{ operation: CAPTURE, fields }])[0]), answers);
      }),
      { numRuns: 60, endOnFailure: true },
    );
    t.true(whole > 15, `${whole}`);
  });
}

for (const { name, program, run } of [plain, raceDetecting]) {
  run(`two threads capture 3,000 times without tearing a sample set, ${name}`, t => {
    const fields = new Fields().uint32(3000);
    t.deepEqual(int64s(converse(program, [{ operation: CAPTURE_RACE, fields }])[0]), [3000, 0]);
  });
}
