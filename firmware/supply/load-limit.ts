/** How long the load may stay above the limit before supply is cut, and for how long it is cut then. */
export interface LoadLimitTimes {
  /** ms, 30 s to 1 h by GB smart prepayment practice */
  readonly tolerance: number;
  /** ms */
  readonly pause: number;
}

export const LOAD_LIMIT_TIMES: LoadLimitTimes = { tolerance: 30_000, pause: 300_000 };

/** Watches a load against a power limit: over it for the whole tolerance cuts supply for the pause. */
export class LoadLimit {
  readonly #times: LoadLimitTimes;
  #overSince: number | undefined;
  #pausedUntil = 0;

  constructor(times: LoadLimitTimes = LOAD_LIMIT_TIMES) {
    this.#times = times;
  }

  /**
   * True while supply must stay cut for overload.
   * @param power W drawn at `time`
   * @param limit W; undefined lifts the limit and forgets the past
   * @param time ms, monotonic
   */
  exceeded(power: number, limit: number | undefined, time: number): boolean {
    if (limit === undefined) {
      this.#overSince = undefined;
      this.#pausedUntil = 0;
      return false;
    }
    if (time < this.#pausedUntil) return true;
    if (power <= limit) {
      this.#overSince = undefined;
      return false;
    }
    this.#overSince ??= time;
    if (time - this.#overSince < this.#times.tolerance) return false;
    this.#overSince = undefined;
    this.#pausedUntil = time + this.#times.pause;
    return true;
  }
}
