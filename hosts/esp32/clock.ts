import type { Clock, Timer } from '../../firmware/host';

/** ms: the SDK's timers count in 32 bits, and its main loop looks after an hour at the latest anyway. */
const LONGEST_DELAY = 3_600_000;

/** The SDK's module `timer`, as far as it is used here. */
export interface TimerModule<Handle> {
  set(callback: () => void, milliseconds: number): Handle;
  clear(timer: Handle): void;
}

export interface BoardClockOptions<Handle> {
  readonly timers: TimerModule<Handle>;
  /** µs since the start, of a counter that neither wraps nor is ever set */
  readonly microseconds: () => number;
}

/**
 * Time since the start by a 64-bit counter, and Unix time once it was told. The SDK's clock is not asked: anything may
 * set it, and its milliseconds wrap after 25 days.
 */
export class BoardClock<Handle = unknown> implements Clock {
  readonly #timers: TimerModule<Handle>;
  readonly #microseconds: () => number;
  /** Unix ms at `monotonic` 0 */
  #epoch: number | undefined;

  constructor({ timers, microseconds }: BoardClockOptions<Handle>) {
    this.#timers = timers;
    this.#microseconds = microseconds;
  }

  monotonic(): number {
    return this.#microseconds() / 1000;
  }

  now(): number | undefined {
    return this.#epoch === undefined ? undefined : Math.floor((this.#epoch + this.monotonic()) / 1000);
  }

  /** @param milliseconds Unix time of this very moment */
  setUnixTime(milliseconds: number): void {
    this.#epoch = milliseconds - this.monotonic();
  }

  /** @throws RangeError when `milliseconds` is not a finite number from 0 on */
  after(milliseconds: number, callback: () => void): Timer {
    if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY))
      throw new RangeError(`after: expected milliseconds from 0, got ${milliseconds}`);
    return new Waiting(this, this.#timers, this.monotonic() + milliseconds, callback);
  }
}

class Waiting<Handle> implements Timer {
  readonly #clock: Clock;
  readonly #timers: TimerModule<Handle>;
  readonly #due: number;
  readonly #callback: () => void;
  #handle: Handle | undefined;

  constructor(clock: Clock, timers: TimerModule<Handle>, due: number, callback: () => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#due = due;
    this.#callback = callback;
    this.#wait();
  }

  cancel(): void {
    if (this.#handle !== undefined) this.#timers.clear(this.#handle);
    this.#handle = undefined;
  }

  #wait(): void {
    const left = Math.max(0, Math.ceil(this.#due - this.#clock.monotonic()));
    this.#handle = this.#timers.set(() => this.#fire(), Math.min(left, LONGEST_DELAY));
  }

  /** The SDK's timers count whole ms of another clock, so they may be early by a fraction. */
  #fire(): void {
    this.#handle = undefined;
    if (this.#clock.monotonic() < this.#due) this.#wait();
    else this.#callback();
  }
}
