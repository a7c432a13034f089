/** W: what is drawn or fed less than this says nothing of how a current transformer is turned. */
const LEAST_POWER = 20;

/** µs of drawing, in all, after which the transformer is known to be the right way round */
const DRAWN_LONG_ENOUGH = 2e6;

/** µs of feeding, in all, after which it is suspected of being the wrong way round */
const FED_LONG_ENOUGH = 600e6;

/**
 * Suspects a current transformer of being the wrong way round: a phase that has fed more than 20 W for ten minutes and
 * never drawn as much, since the start. A house whose sun shone at the start is suspected as well, until it draws; so
 * it is for a person to judge, and nothing is turned by itself.
 */
export class CurrentDirection {
  /** µs */
  #fed = 0;
  #drawn = 0;
  #isTold = false;

  get isSuspect(): boolean {
    return this.#fed >= FED_LONG_ENOUGH && !this.isRight;
  }

  /** It has drawn: nothing more is to be found out. */
  get isRight(): boolean {
    return this.#drawn >= DRAWN_LONG_ENOUGH;
  }

  /**
   * Takes a window.
   * @param power W, positive when drawn
   * @param duration µs
   */
  take(power: number, duration: number): void {
    if (power > LEAST_POWER) this.#drawn += duration;
    else if (power < -LEAST_POWER) this.#fed += duration;
  }

  /** Whether to tell the suspicion now: true once. */
  isNews(): boolean {
    if (this.#isTold || !this.isSuspect) return false;
    this.#isTold = true;
    return true;
  }
}
