/** The groups of figures, in the order of the table. */
export const BENCH_NAMES = [
  'simulation',
  'accuracy',
  'kernel',
  'window',
  'native',
  'attest',
  'boot',
  'wear',
  'size',
  'xs',
  'gateway',
  'page',
] as const;

export type BenchName = (typeof BENCH_NAMES)[number];
