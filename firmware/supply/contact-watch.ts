import type { PhaseMeasurement } from '../host';

const { abs } = Math;

/** ms from the order to open until a contact that means to has opened, and the windows from before are through */
const OPENING = 2000;

/** ms that a current must flow in every window */
const FLOWING = 2000;

/** W, var: whoever goes to the trouble of a bypass takes more, and noise does not read like so much. */
const LEAST_LIMIT = 5;

/**
 * Finds current that flows though the relay was told to open: its contact is welded, or bypassed. The energy is metered
 * all the same. It is active and reactive power that tell, since noise, which makes an apparent power, makes neither.
 * Lives from one order to open until the next to close.
 */
export class ContactWatch {
  /** W and var, for each phase */
  readonly #limits: readonly number[];
  /** ms */
  readonly #openSince: number;
  /** ms; undefined while nothing flows */
  #flowingSince: number | undefined;
  #isFound = false;

  /**
   * @param limits W and var, for each phase: what its noise does not read like; 5 where that is less or absent
   * @param time ms, monotonic: when the relay was told to open
   */
  constructor(limits: readonly number[], time: number) {
    this.#limits = limits.map(limit => Math.max(LEAST_LIMIT, limit));
    this.#openSince = time;
  }

  /** Current was found. */
  get isFound(): boolean {
    return this.#isFound;
  }

  /**
   * Takes a window. What to say of current that has flown for 2 s, from 2 s after the order on, once: the phase with
   * most of it, as `L1 3.20 A`.
   * @param time ms, monotonic
   */
  take(phases: readonly PhaseMeasurement[], time: number): string | undefined {
    if (this.#isFound || time - this.#openSince <= OPENING) return undefined;
    const phase = this.#flowingPhase(phases);
    if (phase < 0) this.#flowingSince = undefined;
    else this.#flowingSince ??= time;
    if (this.#flowingSince === undefined || time - this.#flowingSince <= FLOWING) return undefined;
    this.#isFound = true;
    return `L${phase + 1} ${(phases[phase] as PhaseMeasurement).current.toFixed(2)} A`;
  }

  /** Index of the phase with the largest current of those whose power is above the limit; −1 when none is. */
  #flowingPhase(phases: readonly PhaseMeasurement[]): number {
    let found = -1;
    let largest = -1;
    for (let p = 0; p < phases.length; p++) {
      const { activePower, reactivePower, current } = phases[p] as PhaseMeasurement;
      const limit = this.#limits[p] ?? LEAST_LIMIT;
      if (current > largest && (abs(activePower) > limit || abs(reactivePower) > limit)) {
        found = p;
        largest = current;
      }
    }
    return found;
  }
}
