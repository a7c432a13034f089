import type { Measurement, PhaseMeasurement, PhaseSums, Window } from '../host';
import type { PhaseCalibration } from './calibration';
import { MainsWatch } from './mains-watch';
import { NoLoadGate } from './no-load-gate';
import { PhaseMeter } from './phase-meter';

// Looked up once: each time takes XS as long as a multiplication.
const { PI, sin } = Math;
/** rad */
const TURN = 2 * PI;

/**
 * µs: of samples that were lost no more is billed for, at the power of those beside them. Whoever stops the converter
 * pays for a second of it at most, and an event says that it stood still.
 */
export const LONGEST_BILLED_GAP = 1_000_000;

/** From windows, one after the other, to what is drawn: measured by the calibration, and nothing where there is no load. */
export class Metrology {
  readonly #phases: readonly PhaseMeter[];
  readonly #gates: readonly NoLoadGate[];
  readonly #mains: MainsWatch;
  /** rad/µs, of the last window with whole cycles; 0 before the first, and without mains */
  #angularFrequency = 0;

  /** @param calibrations one for each phase of the windows to come */
  constructor(calibrations: readonly PhaseCalibration[]) {
    this.#phases = calibrations.map(calibration => new PhaseMeter(calibration));
    this.#mains = new MainsWatch(calibrations.length);
    this.#gates = calibrations.map(({ noLoadWatts }) => new NoLoadGate(noLoadWatts));
  }

  /** As after some seconds of such a load: a recording begins in the midst of one. */
  prime(phases: readonly Pick<PhaseMeasurement, 'activePower' | 'reactivePower'>[]): void {
    phases.forEach(({ activePower, reactivePower }, p) => {
      this.#gates[p]?.prime(activePower, reactivePower);
    });
  }

  /**
   * The calibrated measurement of a window. Always finite: without samples or mains to go by, what cannot be told is 0.
   * A piece of a cycle, as after a gap, is taken to be of the frequency of the window before.
   * @throws RangeError when there is not one calibration for each phase.
   */
  take(window: Window): Measurement {
    // Not destructured, which takes XS twice as long.
    const phases = window.phases;
    const samples = window.samples;
    const cycles = window.cycles;
    const cycleSpan = window.cycleSpan;
    const gap = window.gap;
    const sampled = window.duration - gap;
    const meters = this.#phases;
    if (meters.length !== phases.length)
      throw new RangeError(
        `calibrations: expected ${phases.length}, one for each phase, got ${meters.length}`,
      );
    const isDark = this.#mains.take(window);
    const isWhole = cycles > 0 || isDark;
    if (cycles > 0 && cycleSpan > 0) this.#angularFrequency = (TURN * cycles) / cycleSpan;
    else if (isDark) this.#angularFrequency = 0;
    const angularFrequency = this.#angularFrequency;
    const sinStep = samples > 0 ? sin((angularFrequency * sampled) / samples) : 0;
    const measured = new Array<PhaseMeasurement>(phases.length);
    for (let p = 0; p < phases.length; p++) {
      const meter = meters[p] as PhaseMeter;
      const phase = meter.measure(phases[p] as PhaseSums, samples, isWhole, angularFrequency, sinStep);
      measured[p] = (this.#gates[p] as NoLoadGate).pass(phase);
    }
    return {
      phases: measured,
      frequency: (angularFrequency * 1e6) / TURN,
      duration: sampled + (gap < LONGEST_BILLED_GAP ? gap : LONGEST_BILLED_GAP),
    };
  }
}
