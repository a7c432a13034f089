/** A figure of the performance table. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly budget?: Budget;
  /** What a standard allows, in the row's unit, where the budget is a part of it. It holds for either sign. */
  readonly limit?: number;
  /** The same with @noble, or the TypeScript kernel, in place of the C. */
  readonly inJavaScript?: InJavaScript;
}

export interface InJavaScript {
  /** In the row's unit */
  readonly value: number;
  /** Whether it runs in the memory that the board has for it. */
  readonly fits: boolean;
}

/** That part of a row whose unit is `scale` instructions. @param counted in instructions; absent: it was not counted */
export function inJavaScript(
  counted: InJavaScript | undefined,
  scale: number,
): Pick<BenchRow, 'inJavaScript'> {
  return counted === undefined ? {} : { inJavaScript: { value: counted.value / scale, fits: counted.fits } };
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
  /** Times that each part of the firmware is run on XS to count its instructions; the median counts */
  readonly countedRuns: number;
  /** Whether the same is counted with @noble in place of the board's C, half a minute for one run */
  readonly countsNoble: boolean;
  /** Simulated days during which the wear of the flash is counted */
  readonly wearDays: number;
  /** Of the four meters whose accuracy is measured, one and three phases on either mains system */
  readonly accuracyMeters: number;
  /** Each so many-th load of a row of the accuracy table is measured */
  readonly accuracyStride: number;
  /** Simulated days without load */
  readonly noLoadDays: number;
  /** Meters whose readings come to the gateway at once */
  readonly gatewayMeters: number;
  /** s that the page is watched, with one meter and with many */
  readonly pageSeconds: number;
  /** Meters in the page's list */
  readonly pageMeters: number;
}

/** For figures to publish: some five minutes on an idle machine. */
export const FULL_EFFORT: Effort = {
  simulations: 3,
  days: 2,
  waveformMinutes: 30,
  runs: 15,
  samplePairs: 400_000,
  windows: 2000,
  logSize: 512 * 1024,
  countedRuns: 15,
  countsNoble: true,
  wearDays: 10,
  accuracyMeters: 4,
  accuracyStride: 1,
  noLoadDays: 7,
  gatewayMeters: 1000,
  pageSeconds: 10,
  pageMeters: 1000,
};
