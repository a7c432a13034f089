import type { PhaseSums, Window } from '../../../firmware/host';

/** Numbers in which the native sampler tells a window: eight of the window and nine sums for each of three phases. */
export const WINDOW_NUMBERS = 35;

/** A window and what happened to it on its way. */
export interface SampledWindow {
  readonly window: Window;
  /** DMA buffers and sample sets lost since the window before: its duration spans them, its samples do not. */
  readonly losses: number;
  /** Conversions of any channel at an end of the ADC's range since the window before, to within a DMA buffer. */
  readonly clipped: number;
  /** Kernel windows that it is made of: above 1 when they were fetched so late that they had to be joined. */
  readonly joined: number;
}

/** Reads the numbers of sampler_xs.c, in the order of sampler_kernel.h. @param phases 1 to 3 */
export function sampledWindow(numbers: Float64Array, phases: number): SampledWindow {
  const sums: PhaseSums[] = [];
  for (let p = 0; p < phases; p++) sums.push(phaseSums(numbers, 8 + 9 * p));
  return {
    window: {
      phases: sums,
      samples: numbers[0] as number,
      cycles: numbers[1] as number,
      duration: numbers[2] as number,
      cycleSpan: numbers[3] as number,
      gap: numbers[4] as number,
    },
    losses: numbers[5] as number,
    clipped: numbers[6] as number,
    joined: numbers[7] as number,
  };
}

function phaseSums(numbers: Float64Array, offset: number): PhaseSums {
  return {
    v: numbers[offset] as number,
    i: numbers[offset + 1] as number,
    vEarlier: numbers[offset + 2] as number,
    iEarlier: numbers[offset + 3] as number,
    vv: numbers[offset + 4] as number,
    ii: numbers[offset + 5] as number,
    vi: numbers[offset + 6] as number,
    vEarlierI: numbers[offset + 7] as number,
    vIEarlier: numbers[offset + 8] as number,
  };
}
