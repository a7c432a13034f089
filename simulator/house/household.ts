import { kilowattHours, type MilliwattHours } from '../../firmware/energy';
import { Prng } from '../../hosts/mock/prng';
import { DAY, HOUR, MINUTE } from './time';

/** What the household buys, and when. */
export interface Purchase {
  /** s since the midnight that begins the first day */
  readonly at: number;
  readonly energy: MilliwattHours;
}

const WAKES = 6 * HOUR;
const SLEEPS = 23 * HOUR;

/** The family that pays: after each cut-off it buys again, as soon as somebody is awake and gets round to it. */
export class Household {
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed).fork('household');
  }

  /**
   * The purchase that follows a cut-off at `time` (s since the first midnight): 10 to 60 minutes later when that is
   * between 6 and 23 h, else in the first 15 minutes after the next 6 h.
   */
  purchaseAfter(time: number): Purchase {
    const at = time + Math.round(MINUTE * (10 + 50 * this.#prng.uniform()));
    const midnight = Math.floor(at / DAY) * DAY;
    const hour = at - midnight;
    const energy = kilowattHours(2);
    if (hour >= WAKES && hour < SLEEPS) return { at, energy };
    const morning = midnight + WAKES + (hour >= SLEEPS ? DAY : 0);
    return { at: morning + Math.round(15 * MINUTE * this.#prng.uniform()), energy };
  }
}
