import type { Clock, Timer } from '../../firmware/host';

/** ms between two looks for timers that are due */
const BEAT = 10;
/** ms: longer than the simulator is ever busy. */
const LONGEST_STEP = 1000;

/** The SDK's module `time`, as far as it is used here. */
export interface SystemTime {
  /** ms by the system's clock, which may be set, forward or back */
  readonly ticks: number;
}

/** The SDK's module `timer`, as far as it is used here. */
export interface SystemTimer {
  repeat(callback: () => void, milliseconds: number): unknown;
}

interface Waiting {
  readonly due: number;
  readonly callback: () => void;
}

/**
 * Real time by the system's clock. A step of that clock, or a sleep of the computer, counts for a second at most: the
 * simulated line is not to be measured for hours that nobody sampled.
 *
 * All timers hang on one of the SDK's, for on Linux that counts its timers in 16 bits and loses every 65,536th.
 */
export class DesktopClock implements Clock {
  readonly #time: SystemTime;
  readonly #waiting = new Set<Waiting>();
  #ticks: number;
  #monotonic = 0;

  constructor(time: SystemTime, timer: SystemTimer) {
    this.#time = time;
    this.#ticks = time.ticks;
    timer.repeat(() => this.#beat(), BEAT);
  }

  monotonic(): number {
    const { ticks } = this.#time;
    this.#monotonic += Math.min(Math.max(ticks - this.#ticks, 0), LONGEST_STEP);
    this.#ticks = ticks;
    return this.#monotonic;
  }

  now(): number {
    return Math.floor(this.#time.ticks / 1000);
  }

  after(milliseconds: number, callback: () => void): Timer {
    const waiting = { due: this.monotonic() + milliseconds, callback };
    this.#waiting.add(waiting);
    return { cancel: () => this.#waiting.delete(waiting) };
  }

  /** Calls those that are due, the earliest first; but none that is set by one of them. */
  #beat(): void {
    const now = this.monotonic();
    const due = [...this.#waiting].filter(waiting => waiting.due <= now).sort((a, b) => a.due - b.due);
    for (const waiting of due) if (this.#waiting.delete(waiting)) waiting.callback();
  }
}
