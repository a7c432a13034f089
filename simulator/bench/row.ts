/** A figure of the performance table. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly budget?: Budget;
}

/** What the project promises, in the row's unit. */
export type Budget = { readonly atLeast: number } | { readonly atMost: number };

/** How much work the figures are made from: more makes them steadier and takes longer. */
export interface Effort {
  /** Whole simulations that are timed; the median counts */
  readonly simulations: number;
  /** Simulated days of each */
  readonly days: number;
  /** Simulated minutes at waveform fidelity */
  readonly waveformMinutes: number;
  /** Times that everything shorter is timed; the median counts */
  readonly runs: number;
  /** Sample pairs that the kernel sums in a run */
  readonly samplePairs: number;
  /** Windows that go from sensor to relay in a run */
  readonly windows: number;
  /** Bytes of the log that a meter is booted from */
  readonly logSize: number;
  /** Simulated days during which the wear of the flash is counted */
  readonly wearDays: number;
}

/** For figures to publish: some 30 s on an idle machine. */
export const FULL_EFFORT: Effort = {
  simulations: 3,
  days: 2,
  waveformMinutes: 30,
  runs: 15,
  samplePairs: 400_000,
  windows: 2000,
  logSize: 512 * 1024,
  wearDays: 40,
};
