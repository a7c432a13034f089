import type { Measurement, PhaseMeasurement } from '../host';
import { ALL_PHASES, VoltageIncident } from './voltage-incident';

/** What the voltage should be, and what is too far from it; as the policy in force says. */
export interface VoltageLimits {
  /** V, between a phase and neutral */
  readonly nominal: number;
  /** Thousandths of nominal: less is a sag */
  readonly sag: number;
  /** Thousandths of nominal: more is a swell */
  readonly swell: number;
  /** Thousandths of nominal: less on all phases is an interruption */
  readonly interruption: number;
}

/** Thousandths of nominal (IEC 61000-4-30, 5.4: typically 2 %) that the voltage must come back further by. */
const HYSTERESIS = 20;

/** µs: of fewer cycles than are in this, a window's sums may tell any voltage. */
const SHORTEST_JUDGED = 100_000;

/** Incidents that are over, since the start. */
export interface VoltageCounts {
  readonly sags: number;
  readonly swells: number;
  readonly interruptions: number;
}

/**
 * Finds sags, swells and interruptions in the voltage of one window after the other, by the rules of IEC 61000-4-30,
 * 5.4 and 5.5: a sag begins when any phase falls below its threshold and ends when all are back above it, a swell
 * likewise, an interruption begins when all are below its own. A sag that ends in an interruption is told as that
 * alone. One phase without voltage beside others with it is a sag here, and the affair of `WiringWatch`.
 *
 * The standard looks at each half cycle. Here there is only the RMS of a window's 190 to 250 ms together, in which what
 * is shorter seems less deep than it is, and may not show: a dip to 70 % is seen when 75 ms of it, and a total loss of
 * voltage when 40 ms of it are in one window. Durations are those of the windows concerned.
 * What took away the meter's own supply is told by the `boot` event instead.
 */
export class VoltageWatch {
  /** There is no incident, and none to be told. */
  #isQuiet = true;
  readonly #limits: VoltageLimits;
  readonly #sagVolts: number;
  readonly #swellVolts: number;
  /** Absent while there was none: the memory is spared. */
  #incidents: VoltageIncidents | undefined;

  constructor(limits: VoltageLimits) {
    this.#limits = limits;
    this.#sagVolts = (limits.sag * limits.nominal) / 1000;
    this.#swellVolts = (limits.swell * limits.nominal) / 1000;
  }

  /** Copied; not for every window. */
  get counts(): VoltageCounts {
    return this.#incidents?.counts ?? { sags: 0, swells: 0, interruptions: 0 };
  }

  /**
   * What to say of an incident that is over, once: what it was, the phase where it was worst (of an interruption all
   * are), the voltage there, how long it took: `sag L1 172.3 V 1.8 s`. Of two that end together one comes a window
   * later. Of each kind at most one is told in 10 minutes; the others are only counted.
   * @param time ms, monotonic
   */
  take(measurement: Measurement, time: number): string | undefined {
    // Nothing is destructured before it must be, which takes XS twice as long.
    const phases = measurement.phases;
    const sagVolts = this.#sagVolts;
    const swellVolts = this.#swellVolts;
    let isFine = this.#isQuiet;
    for (let p = 0; p < phases.length; p++) {
      const voltage = (phases[p] as PhaseMeasurement).voltage;
      if (voltage < sagVolts || voltage > swellVolts) isFine = false;
    }
    if (isFine) return undefined;
    this.#incidents ??= new VoltageIncidents(this.#limits);
    this.#incidents.take(measurement, time);
    const text = this.#incidents.tell();
    this.#isQuiet = this.#incidents.areQuiet;
    return text;
  }
}

class VoltageIncidents {
  readonly #sag: VoltageIncident;
  readonly #swell: VoltageIncident;
  readonly #interruption: VoltageIncident;

  constructor({ nominal, sag, swell, interruption }: VoltageLimits) {
    const permille = nominal / 1000;
    this.#sag = new VoltageIncident('sag', sag * permille, (sag + HYSTERESIS) * permille);
    this.#swell = new VoltageIncident('swell', -swell * permille, (HYSTERESIS - swell) * permille);
    this.#interruption = new VoltageIncident(
      'interruption',
      interruption * permille,
      (interruption + HYSTERESIS) * permille,
    );
  }

  get counts(): VoltageCounts {
    return {
      sags: this.#sag.count,
      swells: this.#swell.count,
      interruptions: this.#interruption.count,
    };
  }

  /** There is none, and none to be told. */
  get areQuiet(): boolean {
    return this.#interruption.isQuiet && this.#sag.isQuiet && this.#swell.isQuiet;
  }

  tell(): string | undefined {
    return this.#interruption.tell() ?? this.#sag.tell() ?? this.#swell.tell();
  }

  take({ phases, duration }: Measurement, time: number): void {
    if (duration >= SHORTEST_JUDGED) {
      const worst = new Extremes(phases);
      this.#takeLow(worst, duration, time);
      this.#swell.take(-worst.highest, worst.highestAt, duration, time);
    } else {
      this.#interruption.last(duration);
      this.#sag.last(duration);
      this.#swell.last(duration);
    }
  }

  #takeLow({ lowest, lowestAt, highest }: Extremes, duration: number, time: number): void {
    const wasInterrupted = this.#interruption.isPresent;
    this.#interruption.take(highest, ALL_PHASES, duration, time);
    // Nor is the window that it ends in a sag, which is half of either.
    if (wasInterrupted || this.#interruption.isPresent) this.#sag.forget();
    else this.#sag.take(lowest, lowestAt, duration, time);
  }
}

/** The lowest and the highest voltage of the phases, in V, and where they are. */
class Extremes {
  lowest = Number.POSITIVE_INFINITY;
  highest = Number.NEGATIVE_INFINITY;
  lowestAt = 0;
  highestAt = 0;

  constructor(phases: readonly PhaseMeasurement[]) {
    phases.forEach(({ voltage }, p) => {
      if (voltage < this.lowest) {
        this.lowest = voltage;
        this.lowestAt = p;
      }
      if (voltage > this.highest) {
        this.highest = voltage;
        this.highestAt = p;
      }
    });
  }
}
