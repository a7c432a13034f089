import fc from 'fast-check';
import { Prng } from '../../../hosts/mock/prng';

/** What a sampler may be fed with, blocks and all. */
export interface Recording {
  readonly phases: number;
  readonly midScale: number;
  readonly hysteresis: number;
  readonly startTime: number;
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly counts: Uint16Array;
  /** Sample sets */
  readonly count: number;
  readonly endTime: number;
}

const stretches = fc.record({
  kind: fc.constantFrom('mains', 'mains', 'mains', 'one-phase-lost', 'outage', 'random', 'clipped'),
  hertz: fc.double({ min: 40, max: 70, noNaN: true }),
  amplitude: fc.integer({ min: 20, max: 2040 }),
  noise: fc.constantFrom(0, 1, 5, 40),
  bias: fc.constantFrom(2048, 2048, 1500, 2600),
  share: fc.integer({ min: 1, max: 5 }),
});
type Stretch = typeof stretches extends fc.Arbitrary<infer T> ? T : never;

/** Recordings of at least so many pairs of v and i: mains, lost phases, outages, noise and nonsense, in blocks of any size. */
export function recordings(pairs: number): fc.Arbitrary<Recording> {
  return fc
    .record({
      phases: fc.integer({ min: 1, max: 3 }),
      midScale: fc.constantFrom(2048, 2048, 1900, 0),
      hysteresis: fc.constantFrom(32, 32, 0, 200),
      startTime: fc.constantFrom(0, 123_456_789, 2 ** 45),
      period: fc.constantFrom(250, 250, 125, 999),
      longestBlock: fc.constantFrom(1, 64, 700, 4000),
      stretches: fc.array(stretches, { minLength: 1, maxLength: 6 }),
      seed: fc.nat(),
    })
    .map(({ period, longestBlock, stretches, seed, ...start }) => {
      const prng = new Prng(seed);
      const rows = Math.ceil(pairs / start.phases);
      const counts = countsOf(stretches, rows, start.phases, period, prng);
      return { ...start, blocks: blocksOf(counts, rows, period, longestBlock, start, prng) };
    });
}

function countsOf(
  stretches: readonly Stretch[],
  rows: number,
  phases: number,
  period: number,
  prng: Prng,
): Uint16Array {
  const counts = new Uint16Array(rows * 2 * phases);
  const shares = stretches.reduce((sum, { share }) => sum + share, 0);
  let at = 0;
  stretches.forEach((stretch, index) => {
    const isLast = index === stretches.length - 1;
    const end = isLast ? counts.length : at + 2 * phases * Math.floor((rows * stretch.share) / shares);
    for (; at < end; at++) counts[at] = level(stretch, at, phases, period, prng);
  });
  return counts;
}

function level(stretch: Stretch, at: number, phases: number, period: number, prng: Prng): number {
  const { kind, hertz, amplitude, noise, bias } = stretch;
  if (kind === 'random') return prng.bits() & 0xffff;
  const row = Math.floor(at / (2 * phases));
  const angle = 2e-6 * Math.PI * hertz * period * row - at;
  const isLost = kind === 'outage' || (kind === 'one-phase-lost' && at % (2 * phases) === 0);
  const wave = isLost ? 0 : amplitude * Math.sin(angle);
  const value = Math.round(bias + wave + noise * prng.gaussian());
  return kind === 'clipped' ? (value > bias ? 0xffff : 0) : Math.max(0, Math.min(4095, value));
}

/**
 * The clock is not steady: a block takes a bit more or less than its rows, now and then nothing, or up to 50 ms or a
 * second more.
 */
function blocksOf(
  counts: Uint16Array,
  rows: number,
  period: number,
  longest: number,
  { phases, startTime }: { readonly phases: number; readonly startTime: number },
  prng: Prng,
): Block[] {
  const blocks: Block[] = [];
  let endTime = startTime;
  for (let row = 0; row < rows; ) {
    const count = Math.min(rows - row, Math.floor(prng.uniform() * (longest + 1)));
    const hiccup = prng.uniform();
    if (hiccup > 0.005) endTime += Math.round(count * period * (0.99 + 0.02 * prng.uniform()));
    if (prng.uniform() < count / 15_000) endTime += Math.round(50_000 * prng.uniform());
    if (hiccup > 0.999) endTime += 1_000_000;
    blocks.push({ counts: counts.subarray(row * 2 * phases, (row + count) * 2 * phases), count, endTime });
    row += count;
  }
  return blocks;
}
