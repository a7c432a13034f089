import { Kernel } from '../../firmware/metrology/kernel';
import { Prng } from '../../hosts/mock/prng';
import type { BenchRow, Effort } from './row';
import { median, timed } from './timing';

/** Sample pairs in a block: what a driver hands over every 50 ms. */
const BLOCK = 200;
/** µs */
const SAMPLE_PERIOD = 250;
/** Runs that are not counted: the compiler is still at work. */
const WARM_UP = 20;

/** The TypeScript kernel on one phase, against a loop that does no more than read both columns of the same blocks. */
export function benchKernel({ runs, samplePairs }: Effort): BenchRow[] {
  const blocks = blocksOf(samplePairs);
  const pairs = blocks.length * BLOCK;
  const sums: number[] = [];
  const reads: number[] = [];
  for (let run = -WARM_UP; run < runs; run++) {
    const reading = timed(() => read(blocks));
    const summing = timed(() => sum(blocks));
    if (run < 0) continue;
    reads.push(reading);
    sums.push(summing);
  }
  return [
    {
      name: 'kernel, a sample pair',
      value: (median(sums) * 1e6) / pairs,
      unit: 'ns',
      budget: { atMost: 25 },
    },
    {
      name: 'kernel against only reading the samples',
      value: median(sums) / median(reads),
      unit: 'times as long',
      budget: { atMost: 6 },
    },
  ];
}

/** 50 Hz, 230 V and 5 A as a 12-bit converter sees them, with noise. */
function blocksOf(samplePairs: number): Uint16Array[] {
  const prng = new Prng('kernel');
  const step = 2 * Math.PI * 50e-6 * SAMPLE_PERIOD;
  return Array.from({ length: Math.ceil(samplePairs / BLOCK) }, (_, index) => {
    const block = new Uint16Array(2 * BLOCK);
    for (let k = 0; k < BLOCK; k++) {
      const angle = step * (index * BLOCK + k);
      block[2 * k] = 2048 + 1480 * Math.sin(angle) + 3 * prng.gaussian();
      block[2 * k + 1] = 2048 + 236 * Math.sin(angle - 0.6) + 3 * prng.gaussian();
    }
    return block;
  });
}

function sum(blocks: readonly Uint16Array[]): void {
  let summed = 0;
  const kernel = new Kernel({ phases: 1, startTime: 0 }, ({ samples }) => {
    summed += samples;
  });
  let time = 0;
  for (const block of blocks) {
    time += BLOCK * SAMPLE_PERIOD;
    kernel.add(block, BLOCK, time);
  }
  if (summed === 0) throw new Error('kernel: expected windows, got none');
}

/** Its sums are used, so that no compiler leaves them out. */
function read(blocks: readonly Uint16Array[]): void {
  let total = 0;
  for (const block of blocks) total += readBlock(block);
  if (total === 0) throw new Error('samples: expected some, got zeros');
}

function readBlock(block: Uint16Array): number {
  let v = 0;
  let i = 0;
  for (let k = 0; k < block.length; k += 2) {
    v += block[k] as number;
    i += block[k + 1] as number;
  }
  return v + i;
}
