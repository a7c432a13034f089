import type { PhaseSums, Window } from '../../../firmware/host';

/** Numbers in which the native sampler tells a window: six of the window and nine sums for each of three phases. */
export const WINDOW_NUMBERS = 33;

/** A window and what happened to it on its way. */
export interface SampledWindow {
  readonly window: Window;
  /** DMA buffers and sample sets lost since the window before: its duration spans them, its samples do not. */
  readonly losses: number;
  /** Kernel windows that it is made of: above 1 when they were fetched so late that they had to be joined. */
  readonly joined: number;
}

/** Reads the numbers of sampler_xs.c, in the order of sampler_kernel.h. @param phases 1 to 3 */
export function sampledWindow(numbers: Float64Array, phases: number): SampledWindow {
  const [samples, cycles, duration, cycleSpan, losses, joined] = numbers as unknown as Six;
  const sums = Array.from({ length: phases }, (_, p) => phaseSums(numbers.subarray(6 + 9 * p)));
  return { window: { phases: sums, samples, cycles, duration, cycleSpan }, losses, joined };
}

type Six = readonly [number, number, number, number, number, number];
type Nine = readonly [...Six, number, number, number];

function phaseSums(numbers: Float64Array): PhaseSums {
  const [v, i, vEarlier, iEarlier, vv, ii, vi, vEarlierI, vIEarlier] = numbers as unknown as Nine;
  return { v, i, vEarlier, iEarlier, vv, ii, vi, vEarlierI, vIEarlier };
}
