import type { Watchdog } from '../../firmware/host';

/** ms: windows take some 200, a handshake of TLS a few thousand */
const TIMEOUT = 10_000;

/** The chip's own watchdog. Before its start, feeding it has no effect. */
export interface HardwareWatchdog {
  /** @returns false when it cannot be had */
  start(timeoutMilliseconds: number): boolean;
  feed(): void;
}

/** Restarts the chip when the meter has not come to a decision, by a window or for want of one, for 10 s. */
export class TaskWatchdog implements Watchdog {
  readonly #hardware: HardwareWatchdog;

  constructor(hardware: HardwareWatchdog) {
    this.#hardware = hardware;
  }

  /** Begins to watch. @throws Error when the hardware cannot: a meter that hangs would go on supplying */
  start(): void {
    if (!this.#hardware.start(TIMEOUT)) throw new Error('watchdog: expected to start, got a refusal');
  }

  feed(): void {
    this.#hardware.feed();
  }
}
