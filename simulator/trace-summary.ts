import type { Measurement, PhaseMeasurement, Window } from '../firmware/host';
import type { PhaseCalibration } from '../firmware/metrology/calibration';
import { EnergyAccumulator } from '../firmware/metrology/energy';
import { measure } from '../firmware/metrology/measure';

/** µs: a first window shorter than this, without a cycle, is the piece of one before the first zero crossing. */
const LONGEST_CYCLE = 25_000;

/** Means over a trace: V, A, W, var, VA, and Hz over the windows that saw mains. */
export interface PhaseMeans extends PhaseMeasurement {
  readonly frequency: number;
}

export interface TraceTotals {
  /** s, from the first sample set to the last */
  readonly seconds: number;
  readonly phases: readonly PhaseMeans[];
  /** mWh */
  readonly imported: number;
  /** mWh */
  readonly exported: number;
}

/** Sums of one phase's values, each times the µs it lasted. */
interface PhaseSum {
  voltage: number;
  current: number;
  activePower: number;
  reactivePower: number;
  apparentPower: number;
}

/**
 * Measures a trace's windows and sums up. The pieces of cycles before the first zero crossing and after the last
 * cannot be measured by themselves: they are billed like the last window.
 */
export class TraceSummary {
  readonly #calibrations: readonly PhaseCalibration[];
  readonly #energy = new EnergyAccumulator();
  readonly #sums: readonly PhaseSum[];
  #imported = 0;
  #exported = 0;
  /** µs, summed up */
  #covered = 0;
  /** µs that saw mains, and cycles in them */
  #mains = 0;
  #cycles = 0;
  #last: Measurement | undefined;

  /** @param calibrations one for each phase of the windows to come */
  constructor(calibrations: readonly PhaseCalibration[]) {
    this.#calibrations = calibrations;
    this.#sums = calibrations.map(() => ({
      voltage: 0,
      current: 0,
      activePower: 0,
      reactivePower: 0,
      apparentPower: 0,
    }));
  }

  add(window: Window): void {
    if (this.#last === undefined && window.cycles === 0 && window.duration < LONGEST_CYCLE) return;
    this.#cycles += window.cycles;
    this.#mains += window.cycleSpan;
    this.#last = measure(window, this.#calibrations);
    this.#count(this.#last, window.duration);
  }

  /**
   * @param duration µs of the whole trace
   * @returns undefined when no window was complete
   */
  finish(duration: number): TraceTotals | undefined {
    if (this.#last === undefined) return undefined;
    this.#count(this.#last, duration - this.#covered);
    const frequency = this.#mains > 0 ? (this.#cycles * 1e6) / this.#mains : 0;
    return {
      seconds: duration / 1e6,
      phases: this.#sums.map(sum => this.#meansOf(sum, frequency)),
      imported: this.#imported,
      exported: this.#exported,
    };
  }

  #count(measurement: Measurement, duration: number): void {
    this.#covered += duration;
    measurement.phases.forEach((phase, p) => {
      const sum = this.#sums[p] as PhaseSum;
      for (const quantity of Object.keys(sum) as (keyof PhaseSum)[])
        sum[quantity] += phase[quantity] * duration;
    });
    const { imported, exported } = this.#energy.accumulate({ ...measurement, duration });
    this.#imported += imported;
    this.#exported += exported;
  }

  #meansOf(sum: PhaseSum, frequency: number): PhaseMeans {
    return {
      voltage: sum.voltage / this.#covered,
      current: sum.current / this.#covered,
      activePower: sum.activePower / this.#covered,
      reactivePower: sum.reactivePower / this.#covered,
      apparentPower: sum.apparentPower / this.#covered,
      powerFactor: sum.apparentPower > 0 ? sum.activePower / sum.apparentPower : 1,
      frequency,
    };
  }
}
