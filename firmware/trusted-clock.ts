import type { Clock, Timer } from './host';

/** Unix seconds of 1 January 2026: this firmware is younger. */
const EARLIEST = 1_767_225_600;
/** Unix seconds of 1 January 2100: it is not made to last until then. */
const LATEST = 4_102_444_800;

/**
 * The host's clock, as far as it can be believed: a time before the firmware was made, or before what the meter has
 * stated, was told by mistake or on purpose, and is as good as unknown. Time goes on by `monotonic` all the same.
 */
export class TrustedClock implements Clock {
  readonly #clock: Clock;
  /** Unix seconds */
  #earliest = EARLIEST;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  now(): number | undefined {
    const now = this.#clock.now();
    return now !== undefined && now >= this.#earliest && now < LATEST ? now : undefined;
  }

  after(milliseconds: number, callback: () => void): Timer {
    return this.#clock.after(milliseconds, callback);
  }

  /** It was so late already. @param time Unix seconds; 0 says nothing */
  passed(time: number): void {
    this.#earliest = Math.max(this.#earliest, time);
  }
}
