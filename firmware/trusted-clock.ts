import type { Clock, Timer } from './host';

/** Unix seconds of 1 January 2026: this firmware is younger. */
const EARLIEST = 1_767_225_600;
/** Unix seconds of 1 January 2100: it is not made to last until then. */
const LATEST = 4_102_444_800;
/** s that the time may be ahead of what it was expected to be, or, after a restart, of what the last reading states. */
const BELIEVABLE_LEAP = 86_400;
const BELIEVABLE_ABSENCE = 400 * 86_400;
/** ms that a time further ahead must stand before it is believed: hosts ask time servers several times in so long. */
const PROBATION = 3_600_000;
/** s by which a time that stands may be corrected */
const CORRECTION = 60;

/**
 * The host's clock, as far as it can be believed: a time before the firmware was made, or before what the meter has
 * stated, was told by mistake or on purpose, and is as good as unknown. Time goes on by `monotonic` all the same.
 *
 * What a reading has stated cannot be taken back: were it far ahead, the true time would be as good as unknown until
 * then. So a time that leaps ahead is believed once it has stood for an hour. Until then the time goes on as it was, or,
 * after a restart, stays unknown. Whoever answers for all time servers for an hour on end is believed.
 */
export class TrustedClock implements Clock {
  readonly #clock: Clock;
  /** Unix seconds */
  #earliest = EARLIEST;
  /** Unix seconds that the last reading states; 0 when none is known */
  #stated = 0;
  /** Unix seconds, the last that were believed since the start; 0 for none */
  #last = 0;
  /** Unix seconds at which `monotonic` was 0, by what is believed */
  #epoch = 0;
  /** The same by what is not believed yet, and since when: ms, monotonic */
  #leapEpoch = 0;
  #leapSince = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  now(): number | undefined {
    const now = this.#clock.now();
    if (now === undefined || now < this.#earliest || now >= LATEST) return undefined;
    // What is asked for often is told at once.
    if (now - this.#last > BELIEVABLE_LEAP) return this.#judge(now);
    this.#last = now;
    return now;
  }

  after(milliseconds: number, callback: () => void): Timer {
    return this.#clock.after(milliseconds, callback);
  }

  /** It was so late already. @param time Unix seconds; 0 says nothing */
  passed(time: number): void {
    if (time === 0) return;
    this.#earliest = Math.max(this.#earliest, time);
    this.#stated = time;
    if (time === this.#last) this.#epoch = time - this.#clock.monotonic() / 1000;
    // Believed before it was known what was stated.
    if (this.#last - time > BELIEVABLE_ABSENCE) this.#last = 0;
  }

  /** The first time since the start, or one far ahead of the last. */
  #judge(now: number): number | undefined {
    const time = this.#clock.monotonic();
    const epoch = now - time / 1000;
    if (this.#isBelievable(now, epoch) || this.#hasStood(epoch, time)) {
      this.#epoch = epoch;
      this.#last = now;
      return now;
    }
    if (this.#last === 0) return undefined;
    const held = Math.floor(this.#epoch + time / 1000);
    return held < this.#earliest ? undefined : held;
  }

  #isBelievable(now: number, epoch: number): boolean {
    // It may not have been asked for in a long time.
    if (this.#last > 0) return epoch - this.#epoch <= BELIEVABLE_LEAP;
    return this.#stated === 0 || now - this.#stated <= BELIEVABLE_ABSENCE;
  }

  #hasStood(epoch: number, time: number): boolean {
    if (Math.abs(epoch - this.#leapEpoch) > CORRECTION) {
      this.#leapEpoch = epoch;
      this.#leapSince = time;
    }
    return time - this.#leapSince >= PROBATION;
  }
}
