import type { Clock, Timer, Watchdog } from '../../firmware/host';

/** Calls back when it was not fed for so long, as the timer that restarts a board does. It runs from the first feed. */
export class MockWatchdog implements Watchdog {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #onStarved: () => void;
  #timer: Timer | undefined;

  /** @param timeout ms */
  constructor(clock: Clock, timeout: number, onStarved: () => void) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#onStarved = onStarved;
  }

  feed(): void {
    this.stop();
    this.#timer = this.#clock.after(this.#timeout, this.#onStarved);
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
