import type { PhaseSums, SensorFault, Window } from '../host';
import { Alarm } from './alarm';

/** Counts: the means between which a channel may rest. */
export interface BiasRange {
  readonly least: number;
  readonly greatest: number;
}

/** The middle half of 12 bits: further out, the peaks of a load that the front end is made for would be clipped. */
export const MIDDLE_HALF: BiasRange = { least: 1024, greatest: 3072 };

/** Sample sets: of fewer, a mean or a variance says nothing. */
const LEAST_SAMPLES = 100;

/** Windows in a row, about a second, that make a fault and that end it. */
const WINDOWS = 5;

/** While all is well one window of so many is looked at: it takes XS a twentieth of all that a window takes. */
const STRIDE = 4;

/**
 * Tells from a window's sums that a converter does not see what it should. `bias`: the mean of a channel lies outside
 * its range, as when the divider that holds it in the middle is broken or a wire is off. `stuck`: a channel gave one
 * and the same count all through the windows, as no ESP32's does. That is told of any channel, but only where it is a
 * voltage's is the meter blind: a current that stands still beside a voltage that does not may also be none at all, seen by
 * a converter better than that. Either must be seen in 5 windows in a row, and is gone after 5 good ones; it is found
 * within 8 windows, 1.6 s. A window of less than 100 sample sets is passed over.
 */
export class SensorSanity {
  /** Neither fault is there, nor was it in the last window that was looked at. */
  #isCalm = true;
  /** Windows since the last that was looked at. */
  #passedOver = STRIDE;
  readonly #least: number;
  readonly #greatest: number;
  /** Absent while nothing was ever wrong: the memory is spared. */
  #alarms: SanityAlarms | undefined;

  constructor({ least, greatest }: BiasRange = MIDDLE_HALF) {
    this.#least = least;
    this.#greatest = greatest;
  }

  /** A channel of any phase rests far from the middle. */
  get isBiased(): boolean {
    return this.#alarms?.bias.isPresent ?? false;
  }

  /** A channel of any phase stands still. */
  get isStuck(): boolean {
    return this.#alarms?.stuck.isPresent ?? false;
  }

  /** The voltage of any phase stands still: what flows cannot be known. */
  get isBlind(): boolean {
    return this.#alarms?.blind.isPresent ?? false;
  }

  /** The fault that begins with this window, once each time; of two that begin together one comes a window later. */
  take(window: Window): SensorFault | undefined {
    if (this.#isCalm && ++this.#passedOver < STRIDE) return undefined;
    this.#passedOver = 0;
    // Nothing is destructured, which takes XS twice as long.
    const phases = window.phases;
    const samples = window.samples;
    if (samples < LEAST_SAMPLES) return undefined;
    const least = samples * this.#least;
    const greatest = samples * this.#greatest;
    let isBiased = false;
    let isStuck = false;
    let isBlind = false;
    for (let p = 0; p < phases.length; p++) {
      const sums = phases[p] as PhaseSums;
      const v = sums.v;
      const i = sums.i;
      if (v < least || v > greatest || i < least || i > greatest) isBiased = true;
      // n·Σx² − (Σx)² is 0 for a constant, else n − 1 at least: more than rounding takes, for any Σx² up to 2⁵¹.
      if (samples * sums.vv === v * v) isBlind = true;
      if (samples * sums.ii === i * i) isStuck = true;
    }
    isStuck ||= isBlind;
    if (this.#isCalm && !isBiased && !isStuck) return undefined;
    this.#alarms ??= new SanityAlarms();
    const { bias, stuck, blind } = this.#alarms;
    blind.look(isBlind);
    stuck.look(isStuck);
    bias.look(isBiased);
    this.#isCalm = stuck.isCalm && bias.isCalm && blind.isCalm;
    if (stuck.isNews(0)) return 'stuck';
    return bias.isNews(0) ? 'bias' : undefined;
  }
}

class SanityAlarms {
  readonly bias = new Alarm(WINDOWS);
  readonly stuck = new Alarm(WINDOWS);
  readonly blind = new Alarm(WINDOWS);
}
