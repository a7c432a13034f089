import type { PhaseSums } from '../host';

/** The sums of one phase's window, and where its voltage rests. Integers only. */
export class PhaseSummer {
  /** Counts, the mean of the voltage in the last window of full length. */
  rest: number;
  #v = 0;
  #i = 0;
  #vv = 0;
  #ii = 0;
  #vi = 0;
  #vEarlierI = 0;
  #vIEarlier = 0;
  #previousV = 0;
  #previousI = 0;
  /** The last sample before the window. */
  #beforeV = 0;
  #beforeI = 0;

  /** @param midScale counts: where the voltage is taken to rest at first */
  constructor(midScale: number) {
    this.rest = midScale;
  }

  /** Takes a sample as the neighbour of the first. */
  prime(v: number, i: number): void {
    this.#previousV = this.#beforeV = v;
    this.#previousI = this.#beforeI = i;
  }

  /** Adds the pairs of v and i at `from`, `from` + `stride`, ... before `to`. */
  add(block: Uint16Array, from: number, to: number, stride: number): void {
    // Sums in local variables: fields would be written back for each sample.
    let previousV = this.#previousV;
    let previousI = this.#previousI;
    let sumV = 0;
    let sumI = 0;
    let vv = 0;
    let ii = 0;
    let vi = 0;
    let vEarlierI = 0;
    let vIEarlier = 0;
    for (let at = from; at < to; at += stride) {
      const v = block[at] as number;
      const i = block[at + 1] as number;
      sumV += v;
      sumI += i;
      vv += v * v;
      ii += i * i;
      vi += v * i;
      vEarlierI += previousV * i;
      vIEarlier += v * previousI;
      previousV = v;
      previousI = i;
    }
    this.#v += sumV;
    this.#i += sumI;
    this.#vv += vv;
    this.#ii += ii;
    this.#vi += vi;
    this.#vEarlierI += vEarlierI;
    this.#vIEarlier += vIEarlier;
    this.#previousV = previousV;
    this.#previousI = previousI;
  }

  /** The mean of the voltages so far becomes its rest. @param samples summed so far, at least 1 */
  settle(samples: number): void {
    this.rest = Math.floor(this.#v / samples);
  }

  /** The sums so far; begins anew, but for the last sample, which is the next one's neighbour. */
  take(): PhaseSums {
    const sums = {
      v: this.#v,
      i: this.#i,
      vEarlier: this.#beforeV + this.#v - this.#previousV,
      iEarlier: this.#beforeI + this.#i - this.#previousI,
      vv: this.#vv,
      ii: this.#ii,
      vi: this.#vi,
      vEarlierI: this.#vEarlierI,
      vIEarlier: this.#vIEarlier,
    };
    this.#v = this.#i = this.#vv = this.#ii = this.#vi = this.#vEarlierI = this.#vIEarlier = 0;
    this.#beforeV = this.#previousV;
    this.#beforeI = this.#previousI;
    return sums;
  }
}
