import type { PolicySetting } from '../ledger/policy';

/**
 * Watches a load against a power limit: over it for the whole tolerance cuts supply for the pause, and after so many
 * cuts for as long as the limit stands, or until somebody asks for it at the meter.
 */
export class LoadLimit {
  /** Since the limit stands, or somebody asked; 0 to 255 */
  cuts = 0;
  /** W; 0: no limit */
  #limit = 0;
  /** ms */
  #tolerance = 0;
  #pause = 0;
  #retries = 0;
  #overSince: number | undefined;
  #pausedUntil = 0;

  setPolicy({ loadTolerance, loadPause, loadRetries }: PolicySetting): void {
    this.#tolerance = loadTolerance * 1000;
    this.#pause = loadPause * 1000;
    this.#retries = loadRetries;
  }

  /** It was cut too often to be closed again by itself. */
  get isLocked(): boolean {
    return this.#limit !== 0 && this.cuts > this.#retries;
  }

  /** @param watts 0: none, which forgets the past */
  setLimit(watts: number): void {
    this.#limit = watts;
    if (watts === 0) this.forget();
  }

  /** As if it had never been over the limit. */
  forget(): void {
    this.cuts = 0;
    this.#overSince = undefined;
    this.#pausedUntil = 0;
  }

  /**
   * Goes on after a start.
   * @param time ms, monotonic, when supply was found cut: the pause may have been under way, and begins anew, for whoever
   *   toggles the power must not shorten it; undefined when it was found on
   */
  resume(cuts: number, time: number | undefined): void {
    this.cuts = cuts;
    if (cuts > 0 && time !== undefined) this.#pausedUntil = time + this.#pause;
  }

  /**
   * True while supply must stay cut.
   * @param power W drawn at `time`
   * @param time ms, monotonic
   */
  isExceeded(power: number, time: number): boolean {
    if (this.#limit === 0) return false;
    if (this.cuts > this.#retries || time < this.#pausedUntil) return true;
    if (power <= this.#limit) {
      this.#overSince = undefined;
      return false;
    }
    this.#overSince ??= time;
    if (time - this.#overSince < this.#tolerance) return false;
    this.#overSince = undefined;
    this.#pausedUntil = time + this.#pause;
    this.cuts++;
    return true;
  }
}
