const { abs, floor, trunc } = Math;

/** Of phases: a whole turn. Phases are of 32 bits, and wrap. */
const TURN = 2 ** 32;
const QUARTER = 2 ** 30;

/** By which a cycle's phase may come out other than a whole turn: it is the crossings that jitter. */
const TOLERANCE = TURN / 8;

/** Sample sets in a cycle: of fewer nothing can be told. */
const LEAST_ROWS = 4;

/** µs: longer than any cycle of mains. */
export const LONGEST_CYCLE = 30_000;

/** What is shifted out of the means, so that products of them stay exact. */
const SCALE = 256;

/**
 * Where in time one cycle of a voltage lies, by the phase of its fundamental: the one time in a cycle that neither
 * noise nor harmonics nor notches move, as they move a zero crossing. It is measured from one rising crossing to the next
 * by correlation with a sine and a cosine, both of parabolas, whose harmonics fall off with the third power of their
 * order: those of the voltage then count for 1/125 (5th) and less. Integers only; the native kernel gives the same bits.
 */
export class CycleMeter {
  /** Phase from one row to the next; 0 while the frequency is unknown */
  #step = 0;
  /** µs, of the sample before the cycle; undefined: none is being measured */
  #start: number | undefined;
  #phase = 0;
  #rows = 0;
  #inPhase = 0;
  #quadrature = 0;
  #isAstray = false;

  /** The last cycle measured did not begin near the rising crossing of its fundamental: a notch was taken for that. */
  get isAstray(): boolean {
    return this.#isAstray;
  }

  /** A cycle begins. @param time µs, of the sample before it */
  begin(time: number): void {
    this.#start = time;
    this.#phase = this.#step >>> 1;
    this.#rows = this.#inPhase = this.#quadrature = 0;
  }

  /** Takes the voltages at `from`, `from` + `stride`, ... before `to`. @param rest counts, the mean of the voltage */
  add(block: Uint16Array, from: number, to: number, stride: number, rest: number): void {
    if (this.#start === undefined) return;
    let phase = this.#phase;
    let inPhase = 0;
    let quadrature = 0;
    for (let at = from; at < to; at += stride) {
      const v = (block[at] as number) - rest;
      inPhase += v * sine(phase);
      quadrature += v * sine((phase + QUARTER) | 0);
      phase = (phase + this.#step) | 0;
    }
    this.#phase = phase;
    this.#inPhase += inPhase;
    this.#quadrature += quadrature;
    this.#rows += (to - from) / stride;
  }

  /**
   * The cycle that is measured, if one is, ends.
   * @param time µs, of its last sample
   * @returns µs: the falling crossing of its fundamental, the same offset aside for all cycles; undefined when it was
   *   none, or the first one of its length
   */
  finish(time: number): number | undefined {
    const start = this.#start;
    this.#start = undefined;
    if (start === undefined || time - start > LONGEST_CYCLE) return undefined;
    const phase = this.#rows * this.#step;
    if (abs(phase - TURN) > TOLERANCE) {
      this.#isAstray = false;
      this.learn(1, this.#rows);
      return undefined;
    }
    const inPhase = trunc(this.#inPhase / (this.#rows * SCALE));
    const quadrature = trunc(this.#quadrature / (this.#rows * SCALE));
    this.#isAstray = abs(quadrature) >= inPhase;
    if (this.#isAstray) return undefined;
    const period = floor(((time - start) * TURN) / phase);
    // The angle, at most 45°, for its arc tangent: it hardly changes from cycle to cycle. 2π is 710/113.
    return start + floor(period / 2) - trunc((period * quadrature * 113) / (inPhase * 710));
  }

  /** So many cycles take so many rows. */
  learn(cycles: number, rows: number): void {
    this.#step = rows < LEAST_ROWS * cycles ? 0 : floor((cycles * TURN) / rows);
  }

  /** The cycle that is measured will never be whole. */
  cancel(): void {
    this.#start = undefined;
  }

  /** The voltage is gone: when it comes back, it may have another frequency. */
  reset(): void {
    this.#start = undefined;
    this.#step = 0;
    this.#isAstray = false;
  }
}

/** A parabola for each half wave, of amplitude 2¹⁴. @param phase signed */
function sine(phase: number): number {
  const x = (phase >>> 16) & 0x7fff;
  const value = (x * (0x8000 - x)) >> 14;
  return phase < 0 ? -value : value;
}
