import type { Measurement, PhaseMeasurement } from '../host';

const { abs, max, min } = Math;

/** V, A, W, Hz: no house has more of any. */
const BELIEVABLE = 1e6;

/** False for what only a chip or a window gone mad can tell. */
export function isBelievable({ phases, frequency, duration }: Measurement): boolean {
  return duration >= 0 && abs(frequency) <= BELIEVABLE && phases.every(isPhaseBelievable);
}

function isPhaseBelievable({ voltage, current, activePower, reactivePower }: PhaseMeasurement): boolean {
  const least = min(voltage, current, activePower, reactivePower);
  const greatest = max(voltage, current, activePower, reactivePower);
  // Both are NaN when one of them is.
  return least >= -BELIEVABLE && greatest <= BELIEVABLE;
}

/** Of a phase of which nothing can be told. */
export const NO_PHASE_MEASUREMENT: PhaseMeasurement = {
  voltage: 0,
  current: 0,
  activePower: 0,
  reactivePower: 0,
  apparentPower: 0,
  powerFactor: 1,
};

/** What stands in place of a measurement that there is none of, or none that can be believed. */
export function nothingMeasured(phases: number): Measurement {
  return {
    phases: Array.from({ length: phases }, () => NO_PHASE_MEASUREMENT),
    frequency: 0,
    duration: 0,
  };
}
