/** ms between two times that the same thing is told, so that whatever comes and goes does not fill the log */
export const LEAST_PAUSE = 600_000;

/**
 * Something wrong that comes and goes: there once it was seen some times in a row, gone once it was not seen as many
 * times in a row, and told once each time that it is there.
 */
export class Alarm {
  readonly #needed: number;
  readonly #pause: number;
  /** Looks in a row that disagree with `isPresent` */
  #disagreeing = 0;
  #isPresent = false;
  #isToTell = false;
  /** ms */
  #toldAt = Number.NEGATIVE_INFINITY;

  /**
   * @param needed looks in a row, 1 or more
   * @param pause ms at least from one telling to the next
   */
  constructor(needed: number, pause = 0) {
    this.#needed = needed;
    this.#pause = pause;
  }

  get isPresent(): boolean {
    return this.#isPresent;
  }

  /** It is not there, and was not seen at the last look. */
  get isCalm(): boolean {
    return !this.#isPresent && this.#disagreeing === 0;
  }

  /** Takes whether it was seen at this look. */
  look(isSeen: boolean): void {
    if (isSeen === this.#isPresent) this.#disagreeing = 0;
    else if (++this.#disagreeing >= this.#needed) {
      this.#disagreeing = 0;
      this.#isPresent = isSeen;
      this.#isToTell = isSeen;
    }
  }

  /** Whether to tell it now: true once, and not before the pause is over. @param time ms, monotonic */
  isNews(time: number): boolean {
    if (!this.#isToTell || time - this.#toldAt < this.#pause) return false;
    this.#isToTell = false;
    this.#toldAt = time;
    return true;
  }
}
