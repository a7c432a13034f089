/** How exact a meter is to be. */
export interface AccuracyClass {
  /** Of IEC 62053-21: a class 1 meter errs by at most 1 % at most currents */
  readonly accuracyClass: 1 | 2;
  /** A: the current Ib that the meter is made for, to which the class's other currents refer */
  readonly basicCurrent: number;
  /** A: the greatest current at which the class holds */
  readonly maximumCurrent: number;
}

/** Of Ib, and of Un·Ib: what a meter of either class must register (IEC 62053-21 §8.3.3, direct connection). */
const STARTING_CURRENT = 0.004;

/** Power factors above it count as 1. */
const UNITY = 0.9;

/**
 * Greatest error of active power, %, of either sign (IEC 62053-21 table 6). The table knows some power factors and no
 * current below a tenth of Ib with most of them: between its power factors the lower one's limit holds, and below its
 * currents the error in watts may be what it is at the least of them. Class 2 is allowed 1 % more throughout.
 * @param amps A, RMS
 * @param watts W, of the load
 * @param vars var, positive when inductive
 */
export function errorLimit(meter: AccuracyClass, amps: number, watts: number, vars: number): number {
  const ofBasic = amps / meter.basicCurrent;
  const factor = Math.abs(watts) / Math.hypot(watts, vars);
  const more = meter.accuracyClass - 1;
  if (factor > UNITY) return ofBasic >= 0.1 ? 1 + more : (1.5 + more) * Math.max(1, 0.05 / ofBasic);
  // A little below, since a reading of 0.499 is of a load of 0.5.
  const isUsual = factor >= (vars > 0 ? 0.49 : 0.79);
  if (isUsual) return ofBasic >= 0.2 ? 1 + more : (1.5 + more) * Math.max(1, 0.1 / ofBasic);
  return ((vars > 0 ? 3.5 : 2.5) + more) * Math.max(1, 0.2 / ofBasic);
}

/** W: from here on the meter must register. */
export function startingPower({ basicCurrent }: AccuracyClass, nominalVolts: number): number {
  return STARTING_CURRENT * basicCurrent * nominalVolts;
}
