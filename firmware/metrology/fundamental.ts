const { PI, SQRT1_2, cos, floor, max, sin } = Math;

/** An oscillation of known frequency as a complex RMS value: the real part is that of the cosine. */
export interface Phasor {
  readonly real: number;
  readonly imaginary: number;
}

/** What a channel does at the mains' frequency, and what is left of it; in counts. */
export interface Fundamental extends Phasor {
  /** Mean square of what is neither constant nor fundamental; not below 0 */
  readonly rest: number;
}

/**
 * Takes the fundamental out of a channel by Fourier's sums, over whole cycles, in which it, its harmonics and a constant
 * are orthogonal. Cycles are no whole number of samples, so the last sample is in them for a part only. All are taken
 * relative to the first: a cycle later the channel is about there again, and it matters little how large that part is.
 *
 * Angles are counted from the middle of the samples.
 */
export class FundamentalFilter {
  /** Sample periods in the cycles */
  readonly #length: number;
  readonly #samples: number;
  readonly #firstCosine: number;
  readonly #firstSine: number;
  readonly #stepCosine: number;
  readonly #stepSine: number;

  /**
   * @param cycles whole, 1 or more
   * @param samplesPerCycle above 2
   */
  constructor(cycles: number, samplesPerCycle: number) {
    const step = (2 * PI) / samplesPerCycle;
    this.#length = cycles * samplesPerCycle;
    this.#samples = floor(this.#length) + 1;
    const half = ((this.#samples - 1) * step) / 2;
    this.#firstCosine = cos(half);
    this.#firstSine = -sin(half);
    this.#stepCosine = cos(step);
    this.#stepSine = sin(step);
  }

  /** Takes the counts at `from`, `from` + `stride`, and so on: one more than the cycles have whole sample periods. */
  take(counts: Uint16Array, from: number, stride: number): Fundamental {
    const stepCosine = this.#stepCosine;
    const stepSine = this.#stepSine;
    const end = from + this.#samples * stride;
    const first = counts[from] as number;
    let cosine = this.#firstCosine;
    let sine = this.#firstSine;
    let sum = 0;
    let squares = 0;
    let byCosine = 0;
    let bySine = 0;
    for (let at = from; at < end; at += stride) {
      const count = (counts[at] as number) - first;
      sum += count;
      squares += count * count;
      byCosine += count * cosine;
      bySine += count * sine;
      const turned = cosine * stepCosine - sine * stepSine;
      sine = sine * stepCosine + cosine * stepSine;
      cosine = turned;
    }
    return this.#divide(sum, squares, byCosine, bySine);
  }

  #divide(sum: number, squares: number, byCosine: number, bySine: number): Fundamental {
    const length = this.#length;
    const mean = sum / length;
    const cosine = (2 * byCosine) / length;
    const sine = (2 * bySine) / length;
    const rest = squares / length - mean * mean - (cosine * cosine + sine * sine) / 2;
    return { real: cosine * SQRT1_2, imaginary: -sine * SQRT1_2, rest: max(0, rest) };
  }
}
