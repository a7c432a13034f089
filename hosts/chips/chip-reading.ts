import type { PhaseMeasurement } from '../../firmware/host';

const { abs, max, sqrt } = Math;

/** What a chip says at one moment, or in the mean of some time. */
export interface ChipReading {
  readonly phases: readonly PhaseMeasurement[];
  /** Hz; 0 where the chip does not measure it, or sees no mains */
  readonly frequency: number;
}

/** V, A, Hz: no chip for a household's supply measures more, and none counts a slower mains. */
const MOST_VOLTS = 500;
const MOST_AMPS = 200;
const LEAST_HERTZ = 30;
const MOST_HERTZ = 90;
/**
 * Active power above the apparent one that is put up with, W and as a part: registers are rounded, and not all of the
 * same age when a load is switched.
 */
const POWER_SLACK = 100;
const POWER_RATIO = 1.5;

/**
 * A phase from what a chip tells of it, V, A, W.
 * @param reactivePower var; where absent what is left of the apparent power, taken for inductive, since no sign is known
 */
export function phaseOf(
  voltage: number,
  current: number,
  activePower: number,
  reactivePower?: number,
): PhaseMeasurement {
  const apparentPower = max(voltage * current, abs(activePower));
  return {
    voltage,
    current,
    activePower,
    reactivePower: reactivePower ?? sqrt(max(0, apparentPower * apparentPower - activePower * activePower)),
    apparentPower,
    powerFactor: apparentPower > 0 ? activePower / apparentPower : 1,
  };
}

/** False for what cannot be, although its checksum was right: nobody is to pay for it, and it shows a broken chip. */
export function isPossiblePhase({ voltage, current, activePower }: PhaseMeasurement): boolean {
  return (
    voltage >= 0 &&
    voltage <= MOST_VOLTS &&
    current >= 0 &&
    current <= MOST_AMPS &&
    abs(activePower) <= POWER_RATIO * voltage * current + POWER_SLACK
  );
}

/** As `isPossiblePhase`, of a frequency in Hz. */
export function isPossibleFrequency(frequency: number): boolean {
  return frequency === 0 || (frequency >= LEAST_HERTZ && frequency <= MOST_HERTZ);
}
