import { ascii, equal } from '../bytes';
import type { Clock, Timer } from '../host';

/** ms between two discoveries, unless the session is another: whoever says that Home Assistant has come has not signed it. */
const PACE = 60_000;
const EMPTY = new Uint8Array(0);
/** What Home Assistant says when it has come. */
const BIRTH = ascii('online');

export interface DiscoveryHandlers {
  /** Retained; false when there is no session, or no room now. */
  publishConfig(payload: Uint8Array): boolean;
  publishState(payload: Uint8Array): boolean;
  config(): Uint8Array;
  state(): Uint8Array;
  /** Nothing of it is retained any more. */
  onLeft(): void;
}

/**
 * Shows a meter to Home Assistant: with each session, and when that says that it has come, the discovery, and then the
 * state whenever it is told. Taking leave empties both, as soon as there is a session.
 */
export class Discovery {
  readonly #clock: Clock;
  readonly #handlers: DiscoveryHandlers;
  #isOnline = false;
  #isLeaving = false;
  /** Until the next discovery. */
  #timer: Timer | undefined;
  /** Monotonic ms before which there is none but with a session. */
  #restsUntil = 0;

  constructor(clock: Clock, handlers: DiscoveryHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }

  setOnline(isOnline: boolean): void {
    this.#isOnline = isOnline;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!isOnline) return;
    if (this.#isLeaving) this.leave();
    else this.#announce();
  }

  /** Takes what came on `HOME_STATUS`, whatever it is. */
  takeStatus(payload: Uint8Array): void {
    if (!this.#isLeaving && equal(payload, BIRTH)) this.announceSoon();
  }

  /** What the discovery says has changed, or somebody has missed it. One that was about to leave stays. */
  announceSoon(): void {
    this.#isLeaving = false;
    if (!this.#isOnline || this.#timer !== undefined) return;
    const wait = Math.max(0, this.#restsUntil - this.#clock.monotonic());
    this.#timer = this.#clock.after(wait, () => this.#announce());
  }

  /** Says how things are. */
  tell(): void {
    if (!this.#isOnline) return;
    if (this.#isLeaving) this.leave();
    else this.#handlers.publishState(this.#handlers.state());
  }

  /** For good: now, or as soon as it can. */
  leave(): void {
    this.#isLeaving = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    const { publishConfig, publishState, onLeft } = this.#handlers;
    if (this.#isOnline && publishConfig(EMPTY) && publishState(EMPTY)) onLeft();
  }

  /** Says nothing any more, and leaves what is retained. */
  stop(): void {
    this.setOnline(false);
  }

  #announce(): void {
    this.#timer = undefined;
    this.#restsUntil = this.#clock.monotonic() + PACE;
    if (this.#handlers.publishConfig(this.#handlers.config())) this.tell();
    else this.announceSoon();
  }
}
