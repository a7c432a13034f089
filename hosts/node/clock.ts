import type { Clock, Timer } from '../../firmware/host';

/** The longest that setTimeout takes; from 2^31 ms on it fires at once. */
const LONGEST_TIMEOUT = 0x7fffffff;

/** Real time, or real time made to run faster. */
export class RealClock implements Clock {
  readonly #speed: number;
  readonly #start = performance.now();

  /**
   * @param options.speed simulated seconds in a real one, 1 when absent
   * @throws RangeError when it is not a positive number
   */
  constructor(options: { readonly speed?: number } = {}) {
    const speed = options.speed ?? 1;
    if (!(speed > 0 && speed < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`speed: expected a positive number, got ${speed}`);
    }
    this.#speed = speed;
  }

  monotonic(): number {
    return (performance.now() - this.#start) * this.#speed;
  }

  /** The system's time, so that its corrections count, and what the speed has added since. */
  now(): number {
    const elapsed = performance.now() - this.#start;
    return Math.floor((Date.now() + elapsed * (this.#speed - 1)) / 1000);
  }

  after(milliseconds: number, callback: () => void): Timer {
    const due = this.monotonic() + milliseconds;
    let timeout: NodeJS.Timeout;
    const wait = () => {
      const left = Math.ceil((due - this.monotonic()) / this.#speed);
      timeout = setTimeout(fire, Math.min(Math.max(left, 0), LONGEST_TIMEOUT));
    };
    // setTimeout counts in whole ms of another clock and may be early by a fraction
    const fire = () => (this.monotonic() < due ? wait() : callback());
    wait();
    return { cancel: () => clearTimeout(timeout) };
  }
}
