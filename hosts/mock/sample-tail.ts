import type { Capture } from '../../firmware/host';
import { LONGEST_CAPTURE } from '../../firmware/metrology/capture-length';

/** Remembers the sample sets that came last, as many as the longest capture has. */
export class SampleTail {
  readonly #width: number;
  readonly #ring: Uint16Array;
  /** Sample sets ever taken, since it was cleared last */
  #taken = 0;

  /** @param phases 1 to 3 */
  constructor(phases: number) {
    this.#width = 2 * phases;
    this.#ring = new Uint16Array(LONGEST_CAPTURE * this.#width);
  }

  push(set: Uint16Array): void {
    this.#ring.set(set, (this.#taken % LONGEST_CAPTURE) * this.#width);
    this.#taken++;
  }

  /** Samples were lost. */
  clear(): void {
    this.#taken = 0;
  }

  /** All of them, oldest first. @param samplePeriod µs */
  capture(samplePeriod: number): Capture {
    const held = this.#taken * this.#width;
    if (held <= this.#ring.length) return { counts: this.#ring.slice(0, held), samplePeriod };
    const oldest = held % this.#ring.length;
    const counts = new Uint16Array(this.#ring.length);
    counts.set(this.#ring.subarray(oldest));
    counts.set(this.#ring.subarray(0, oldest), counts.length - oldest);
    return { counts, samplePeriod };
  }
}
