/** How many readings of all meters wait to be proved, and since when. */
export class UnprovedReadings {
  readonly #counts = new Map<bigint, number>();
  #count = 0;
  #since = 0;

  /** Notes how many of a meter wait at `now`, in Unix seconds. */
  see(m3terId: bigint, count: number, now: number): void {
    const before = this.#counts.get(m3terId) ?? 0;
    this.#counts.set(m3terId, count);
    // some were proved, or the first came
    if (count < before || (this.#count === 0 && count > 0)) this.#since = now;
    this.#count += count - before;
  }

  get count(): number {
    return this.#count;
  }

  /** Unix seconds: about when the one that waits longest came. */
  get since(): number {
    return this.#since;
  }
}
