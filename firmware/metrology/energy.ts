import { type MilliwattHours, milliwattHours } from '../energy';
import type { Measurement, PhaseMeasurement } from '../host';

const { floor, round } = Math;
const { MAX_SAFE_INTEGER } = Number;

const NANOJOULES_PER_MILLIWATT_HOUR = 3.6e9;

/** W × µs = µJ */
const NANOJOULES_PER_MICROJOULE = 1000;

const NO_ENERGY = milliwattHours(0);

/** W, of all phases together. */
export function totalActivePower(phases: readonly PhaseMeasurement[]): number {
  let power = 0;
  // Not by an iterator, which takes XS longer than the rest.
  for (let p = 0; p < phases.length; p++) power += (phases[p] as PhaseMeasurement).activePower;
  return power;
}

/** Energy that a window completed: both 0 or above, and one of them 0. */
export interface EnergyFlow {
  readonly imported: MilliwattHours;
  readonly exported: MilliwattHours;
}

/**
 * Turns power into whole mWh and carries what is left of each direction, in whole nanojoules, to the next window. The
 * phases of a window are added before import and export are told apart: four-wire billing by sum.
 */
export class EnergyAccumulator {
  /** nJ, 0 to below one mWh */
  #imported = 0;
  /** nJ, 0 to below one mWh */
  #exported = 0;

  /** The whole mWh that this measurement completes, of all phases together. */
  accumulate({ phases, duration }: Measurement): EnergyFlow {
    return this.add(totalActivePower(phases), duration);
  }

  /**
   * The whole mWh that so much power for so long completes. What is not finite (a chip gone mad) adds nothing.
   * @param power W, positive to the load
   * @param duration µs
   */
  add(power: number, duration: number): EnergyFlow {
    const completed = this.complete(power, duration);
    return power > 0
      ? { imported: completed, exported: NO_ENERGY }
      : { imported: NO_ENERGY, exported: completed };
  }

  /** As `add`, without an object: imported where the power is above 0, else exported. */
  complete(power: number, duration: number): MilliwattHours {
    const isImport = power > 0;
    const energy = round((isImport ? power : -power) * duration * NANOJOULES_PER_MICROJOULE);
    if (!(energy <= MAX_SAFE_INTEGER)) return NO_ENERGY;
    const carried = (isImport ? this.#imported : this.#exported) + energy;
    // Whole, and within what the brand promises, since the energy is.
    const completed = floor(carried / NANOJOULES_PER_MILLIWATT_HOUR) as MilliwattHours;
    const left = carried - completed * NANOJOULES_PER_MILLIWATT_HOUR;
    if (isImport) this.#imported = left;
    else this.#exported = left;
    return completed;
  }
}
