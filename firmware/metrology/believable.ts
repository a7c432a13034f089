import type { Measurement, PhaseMeasurement } from '../host';

/** V, A, W, var, VA together, the root of their squares; Hz: no house has more. */
const BELIEVABLE = 1e6;
const BELIEVABLE_SQUARE = BELIEVABLE * BELIEVABLE;
/** µs, a year */
const LONGEST = 3.2e13;

/** False for what only a chip or a window gone mad can tell, and for what is no number. */
export function isBelievable(measurement: Measurement): boolean {
  // Not destructured, which takes XS twice as long.
  const phases = measurement.phases;
  const frequency = measurement.frequency;
  const duration = measurement.duration;
  if (!(duration >= 0 && duration <= LONGEST && frequency >= 0 && frequency <= BELIEVABLE)) return false;
  for (let p = 0; p < phases.length; p++) {
    const phase = phases[p] as PhaseMeasurement;
    const voltage = phase.voltage;
    const current = phase.current;
    const activePower = phase.activePower;
    const reactivePower = phase.reactivePower;
    const apparentPower = phase.apparentPower;
    const square =
      voltage * voltage +
      current * current +
      activePower * activePower +
      reactivePower * reactivePower +
      apparentPower * apparentPower;
    // Nor when one of them is NaN.
    if (!(square <= BELIEVABLE_SQUARE && phase.powerFactor * phase.powerFactor <= 1)) return false;
  }
  return true;
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
