import type { Clock, Timer } from '../host';

/** ms between two looks at the wall clock. */
const LOOK_INTERVAL = 60_000;
/** s that the wall clock may be off between two looks without having been set. */
const CLOCK_TOLERANCE = 2;

export interface ReadingScheduleHandlers {
  onDue(): void;
  /** The wall clock became known, or was corrected. @param before Unix seconds that it told so far; 0 for unknown */
  onClockSet(before: number): void;
}

/** Tells when periodic readings are due: on whole multiples of the interval by the wall clock, if it is known. */
export class ReadingSchedule {
  readonly #clock: Clock;
  /** s */
  #interval: number;
  readonly #handlers: ReadingScheduleHandlers;
  /** Unix time, s, at which `monotonic` was 0, when last looked; undefined while the time is unknown. */
  #epoch: number | undefined;
  #due: Timer | undefined;
  #look: Timer | undefined;

  /** @param interval s */
  constructor(clock: Clock, interval: number, handlers: ReadingScheduleHandlers) {
    this.#clock = clock;
    this.#interval = interval;
    this.#handlers = handlers;
  }

  /** @param interval s, from now on */
  setInterval(interval: number): void {
    if (interval === this.#interval) return;
    this.#interval = interval;
    if (this.#due === undefined) return;
    this.#due.cancel();
    this.#await();
  }

  start(): void {
    this.#epoch = this.#presentEpoch();
    this.#await();
    this.#watch();
  }

  stop(): void {
    this.#due?.cancel();
    this.#look?.cancel();
  }

  #await(): void {
    // By the wall clock a timer may be a little early; the moment that it was for is not due again then.
    const early = this.#interval / 100;
    const past = (((this.#clock.now() ?? 0) + early) % this.#interval) - early;
    this.#due = this.#clock.after(Math.round((this.#interval - past) * 1000), () => {
      this.#await();
      this.#handlers.onDue();
    });
  }

  #watch(): void {
    this.#look = this.#clock.after(LOOK_INTERVAL, () => {
      this.#watch();
      this.#lookAtClock();
    });
  }

  #lookAtClock(): void {
    const before = this.#epoch;
    this.#epoch = this.#presentEpoch();
    if (isNear(before, this.#epoch)) return;
    this.#due?.cancel();
    this.#await();
    const told = before === undefined ? 0 : before + this.#clock.monotonic() / 1000;
    this.#handlers.onClockSet(Math.max(0, Math.floor(told)));
  }

  #presentEpoch(): number | undefined {
    const now = this.#clock.now();
    return now === undefined ? undefined : now - this.#clock.monotonic() / 1000;
  }
}

function isNear(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a - b) <= CLOCK_TOLERANCE;
}
