import { type MilliwattHours, milliwattHours } from '../energy';
import type { Measurement } from '../host';

const NANOJOULES_PER_MILLIWATT_HOUR = 3.6e9;

/** W × µs = µJ */
const NANOJOULES_PER_MICROJOULE = 1000;

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

  /** The whole mWh that this measurement completes. One that is not finite (a chip gone mad) adds nothing. */
  accumulate(measurement: Measurement): EnergyFlow {
    let power = 0;
    for (const phase of measurement.phases) power += phase.activePower;
    const energy = Math.round(Math.abs(power) * measurement.duration * NANOJOULES_PER_MICROJOULE);
    if (energy <= Number.MAX_SAFE_INTEGER) {
      if (power > 0) this.#imported += energy;
      else this.#exported += energy;
    }
    const imported = Math.floor(this.#imported / NANOJOULES_PER_MILLIWATT_HOUR);
    const exported = Math.floor(this.#exported / NANOJOULES_PER_MILLIWATT_HOUR);
    this.#imported -= imported * NANOJOULES_PER_MILLIWATT_HOUR;
    this.#exported -= exported * NANOJOULES_PER_MILLIWATT_HOUR;
    return { imported: milliwattHours(imported), exported: milliwattHours(exported) };
  }
}
