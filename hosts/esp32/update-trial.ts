import type { Clock } from '../../firmware/host';

/** How the meter does, as its host sees it. */
export interface Health {
  /** `monotonic` ms of the last window that made it to the relay; undefined before the first. */
  readonly lastWindow: number | undefined;
  readonly isRelayDecided: boolean;
  readonly isLedgerSound: boolean;
  readonly isOnline: boolean;
}

export interface TrialOptions {
  readonly clock: Clock;
  health(): Health;
  /** There was a session with the broker before the update, so there must be one after it. */
  readonly mustConnect: boolean;
  /** Keeps the firmware; false when that failed, and is tried again. */
  confirm(): boolean;
  /** Takes the firmware back. */
  rollBack(): void;
}

/** ms of health without a break after which a firmware has proved itself */
export const PROOF = 600_000;
/** ms of ill health without a break that are enough, the time it takes to start included */
export const PATIENCE = 60_000;
/** ms after which a firmware that could not prove itself has failed; long enough for a broker's bad hour */
export const DEADLINE = 3_600_000;
/** ms without a window after which none flow */
const SILENCE = 5000;
/** ms */
const LOOK = 1000;

/**
 * Decides about a firmware that is on trial. It has proved itself once windows, relay and ledger have been well for
 * `PROOF` on end and, where there was one before, a session with the broker came about. It has failed when they have
 * been ill for `PATIENCE` on end, or nothing is proved by the `DEADLINE`.
 */
export class Trial {
  readonly #options: TrialOptions;
  /** All `monotonic` ms. */
  #begunAt = 0;
  #wellSince: number | undefined;
  #illSince: number | undefined;
  #hasConnected = false;

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  start(): void {
    this.#begunAt = this.#options.clock.monotonic();
    this.#look();
  }

  #look(): void {
    const now = this.#options.clock.monotonic();
    this.#observe(now);
    if (this.#hasProved(now) && this.#options.confirm()) return;
    if (this.#hasFailed(now)) this.#options.rollBack();
    else this.#options.clock.after(LOOK, () => this.#look());
  }

  #observe(now: number): void {
    const { lastWindow, isRelayDecided, isLedgerSound, isOnline } = this.#options.health();
    const isFlowing = lastWindow !== undefined && now - lastWindow <= SILENCE;
    const isWell = isFlowing && isRelayDecided && isLedgerSound;
    this.#wellSince = isWell ? (this.#wellSince ?? now) : undefined;
    this.#illSince = isWell ? undefined : (this.#illSince ?? now);
    if (isOnline) this.#hasConnected = true;
  }

  #hasProved(now: number): boolean {
    const isProvedLocally = this.#wellSince !== undefined && now - this.#wellSince >= PROOF;
    return isProvedLocally && (this.#hasConnected || !this.#options.mustConnect);
  }

  #hasFailed(now: number): boolean {
    const isIll = this.#illSince !== undefined && now - this.#illSince >= PATIENCE;
    return isIll || now - this.#begunAt >= DEADLINE;
  }
}
