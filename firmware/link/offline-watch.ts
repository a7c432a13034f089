import type { Clock, Timer } from '../host';
import type { SessionFault } from './session';

/** ms without a session after which that is worth an event: brokers restart, and Wi-Fi comes back, in less. */
const PATIENCE = 600_000;

/** Notices that there has been no session for long, once each time, and knows what the last attempt failed of. */
export class OfflineWatch {
  readonly #clock: Clock;
  readonly #onLong: (fault: SessionFault | 'no-network') => void;
  #fault: SessionFault | 'no-network' = 'no-network';
  #timer: Timer | undefined;

  /** @param onLong called with the last fault; `no-network` when not one attempt has come to an end, good or bad */
  constructor(clock: Clock, onLong: (fault: SessionFault | 'no-network') => void) {
    this.#clock = clock;
    this.#onLong = onLong;
  }

  /** From now on there is no session. */
  start(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(PATIENCE, () => this.#onLong(this.#fault));
  }

  /** There is a session, or nobody wants one. */
  stop(): void {
    this.#timer?.cancel();
  }

  /** A connection failed. */
  note(fault: SessionFault): void {
    this.#fault = fault;
  }
}
