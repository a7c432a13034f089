/** Part of what an observation differs that is made up for at once: the rest would show as a jerk. */
const GAIN = 0.15;
/** ms without an observation after which time is taken to stand still */
const PATIENCE = 400;
/** ms between two observations that still tell of a rate */
const LONGEST_PAUSE = 2000;
/** Simulated s, at the present rate, that may be made up for smoothly; beyond, it jumps. */
const LONGEST_SLIDE = 2;

/** The world's time between two updates, so that charts glide with each frame and do not step with each update. */
export class PageClock {
  #rate = 0;
  #time = 0;
  /** ms by the browser's clock, of `#time` and of the last update that came */
  #at = 0;
  #observed = { time: 0, at: 0 };

  /** @param time Unix seconds @param at ms by the browser's clock */
  observe(time: number, at: number): void {
    const { time: lastTime, at: lastAt } = this.#observed;
    this.#observed = { time, at };
    const difference = time - this.now(at);
    const isNear = Math.abs(difference) <= LONGEST_SLIDE * Math.max(this.#rate, 1);
    this.#time = isNear ? this.now(at) + GAIN * difference : time;
    this.#at = at;
    const elapsed = at - lastAt;
    if (lastAt > 0 && elapsed > 0 && elapsed < LONGEST_PAUSE)
      this.#rate += GAIN * (Math.max(0, (1000 * (time - lastTime)) / elapsed) - this.#rate);
  }

  /** Unix seconds. @param at ms by the browser's clock */
  now(at: number): number {
    const elapsed = Math.min(PATIENCE, Math.max(0, at - this.#at));
    return this.#time + (elapsed / 1000) * this.#rate;
  }
}
