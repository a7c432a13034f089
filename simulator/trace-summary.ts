import type { Measurement, PhaseMeasurement, Window } from '../firmware/host';
import type { PhaseCalibration } from '../firmware/metrology/calibration';
import { EnergyAccumulator } from '../firmware/metrology/energy';
import { measure } from '../firmware/metrology/measure';
import { Metrology } from '../firmware/metrology/metrology';
import { LONGEST_WINDOW } from '../firmware/metrology/window-length';

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

/** Windows, some 13 s, whose mean tells the no-load gate what was drawn before. */
const BEGINNING = 64;

/**
 * Measures a trace's windows and sums up. What comes before the first whole cycles and after the last counts as well: about
 * the bias and at the frequency of the whole ones beside it.
 */
export class TraceSummary {
  readonly #calibrations: readonly PhaseCalibration[];
  readonly #metrology: Metrology;
  readonly #energy = new EnergyAccumulator();
  readonly #sums: readonly PhaseSum[];
  /** Windows that wait for what comes after them; undefined once they do not any more */
  #beginning: Window[] | undefined = [];
  #imported = 0;
  #exported = 0;
  /** µs, summed up */
  #covered = 0;
  /** µs that saw mains, and cycles in them */
  #mains = 0;
  #cycles = 0;

  /** @param calibrations one for each phase of the windows to come */
  constructor(calibrations: readonly PhaseCalibration[]) {
    this.#calibrations = calibrations;
    this.#metrology = new Metrology(calibrations);
    this.#sums = calibrations.map(() => ({
      voltage: 0,
      current: 0,
      activePower: 0,
      reactivePower: 0,
      apparentPower: 0,
    }));
  }

  add(window: Window): void {
    if (this.#beginning === undefined) this.#take(window);
    else if (this.#beginning.push(window) >= BEGINNING) this.#begin();
  }

  /**
   * @param duration µs of the whole trace
   * @returns undefined when no cycle was whole and there was no window in full without any
   */
  finish(duration: number): TraceTotals | undefined {
    this.#begin();
    if (this.#covered === 0) return undefined;
    const frequency = this.#mains > 0 ? (this.#cycles * 1e6) / this.#mains : 0;
    return {
      seconds: duration / 1e6,
      phases: this.#sums.map(sum => this.#meansOf(sum, frequency)),
      imported: this.#imported,
      exported: this.#exported,
    };
  }

  /** Learns from the beginning how the trace is to be measured, and measures it. */
  #begin(): void {
    const beginning = this.#beginning ?? [];
    const whole = beginning.find(({ cycles, duration }) => cycles > 0 || duration >= LONGEST_WINDOW);
    if (whole === undefined) return;
    this.#beginning = undefined;
    this.#metrology.take(whole);
    const measured = beginning.map(window => measure(window, this.#calibrations));
    this.#metrology.prime(
      this.#sums.map((_, p) => ({
        activePower: meanOf(measured, p, 'activePower'),
        reactivePower: meanOf(measured, p, 'reactivePower'),
      })),
    );
    for (const window of beginning) this.#take(window);
  }

  #take(window: Window): void {
    this.#cycles += window.cycles;
    this.#mains += window.cycleSpan;
    const measurement = this.#metrology.take(window);
    this.#count(measurement);
  }

  #count(measurement: Measurement): void {
    const { duration } = measurement;
    this.#covered += duration;
    measurement.phases.forEach((phase, p) => {
      const sum = this.#sums[p] as PhaseSum;
      for (const quantity of Object.keys(sum) as (keyof PhaseSum)[])
        sum[quantity] += phase[quantity] * duration;
    });
    const { imported, exported } = this.#energy.accumulate(measurement);
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

/** Over the windows, each for as long as it takes. */
function meanOf(
  measured: readonly Measurement[],
  phase: number,
  quantity: 'activePower' | 'reactivePower',
): number {
  let sum = 0;
  let time = 0;
  for (const { phases, duration } of measured) {
    sum += (phases[phase]?.[quantity] ?? 0) * duration;
    time += duration;
  }
  return time > 0 ? sum / time : 0;
}
