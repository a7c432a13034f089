import type { PhaseSums, Window } from '../host';

/** µs: a window ends at the first rising crossing of its age: 10 cycles at 50 Hz, 12 at 60 Hz. */
export const SHORTEST_WINDOW = 190_000;

/** µs: without mains there is no crossing to wait for, and a window ends at this age. */
export const LONGEST_WINDOW = 250_000;

/** Counts: noise smaller than this makes no zero crossing. 0.8 % of a 12-bit converter's range. */
export const DEFAULT_HYSTERESIS = 32;

export interface KernelOptions {
  /** 1 to 3 */
  readonly phases: number;
  /** µs by the host's clock: when sampling began. */
  readonly startTime: number;
  /** Counts: where the voltage rests until a window has told better. Default 2048, the middle of 12 bits. */
  readonly midScale?: number;
  /** Counts that the voltage must fall below its rest before it can cross again. */
  readonly hysteresis?: number;
}

/**
 * Sums raw ADC counts into windows: the reference for the native kernel, which gives the same bits. Everything is an
 * integer below 2⁵³ for counts of up to 16 bits and up to 8 million sample sets a second.
 *
 * A window begins with the sample set that crosses upwards through phase 1's resting voltage and ends before
 * another such one. The window that sampling begins in, or that mains returns in, does not begin at a crossing: it
 * ends at the first one and counts no cycles.
 */
export class Kernel {
  readonly #onWindow: (window: Window) => void;
  readonly #phases: readonly PhaseSummer[];
  readonly #reference: PhaseSummer;
  readonly #hysteresis: number;
  /** Counts, the mean of phase 1's voltage in the last window of full length. */
  #rest: number;
  #primed = false;
  /** The voltage has been clearly below its rest since it last crossed. */
  #armed = false;
  /** µs, of the last sample set summed */
  #time: number;
  /** µs, of the last sample set of the window before */
  #windowStart: number;
  /** µs, interpolated, where the window's first cycle begins; undefined when it did not begin at a crossing */
  #cyclesStart: number | undefined;
  #cycles = 0;
  #samples = 0;

  /** @throws RangeError when `phases` is not 1 to 3. */
  constructor(options: KernelOptions, onWindow: (window: Window) => void) {
    const { phases, startTime, midScale = 2048, hysteresis = DEFAULT_HYSTERESIS } = options;
    if (![1, 2, 3].includes(phases)) throw new RangeError(`phases: expected 1 to 3, got ${phases}`);
    this.#onWindow = onWindow;
    this.#reference = new PhaseSummer();
    this.#phases = [this.#reference, new PhaseSummer(), new PhaseSummer()].slice(0, phases);
    this.#rest = midScale;
    this.#hysteresis = hysteresis;
    this.#time = startTime;
    this.#windowStart = startTime;
  }

  /**
   * Takes `count` sample sets, v1, i1, v2, i2, ... each; the last was taken at `endTime`, the others evenly since the
   * end of the block before. The sample before the very first is taken to have been like it.
   * @param endTime whole µs by the host's clock
   * @throws RangeError when the block is shorter than `count` sets or `endTime` lies before the last one's.
   */
  add(block: Uint16Array, count: number, endTime: number): void {
    const width = 2 * this.#phases.length;
    if (block.length < count * width)
      throw new RangeError(`block: expected at least ${count * width} counts, got ${block.length}`);
    const blockStart = this.#time;
    const span = endTime - blockStart;
    if (!(span >= 0)) throw new RangeError(`endTime: expected ${blockStart} µs or later, got ${endTime}`);
    if (count === 0) return;
    if (!this.#primed) this.#prime(block);
    let summed = 0;
    let row = this.#nextDivision(block, 0, this.#rowsToLimit(blockStart, span, count));
    while (row < count) {
      this.#sum(block, summed, row);
      summed = row;
      this.#time = blockStart + Math.floor((row * span) / count);
      this.#divide(block[row * width] as number, blockStart + Math.floor(((row + 1) * span) / count));
      row = this.#nextDivision(block, row + 1, this.#rowsToLimit(blockStart, span, count));
    }
    this.#sum(block, summed, count);
    this.#time = endTime;
  }

  #prime(block: Uint16Array): void {
    let at = 0;
    for (const phase of this.#phases) phase.prime(block[at++] as number, block[at++] as number);
    this.#primed = true;
  }

  /** Adds the sample sets of rows `from` to `to`, without the latter, to the window. */
  #sum(block: Uint16Array, from: number, to: number): void {
    const width = 2 * this.#phases.length;
    let at = from * width;
    for (const phase of this.#phases) {
      phase.add(block, at, to * width, width);
      at += 2;
    }
    this.#samples += to - from;
  }

  /** The rows of a block that come before the window has its greatest length; all when it does not come to that. */
  #rowsToLimit(blockStart: number, span: number, count: number): number {
    const left = this.#windowStart + LONGEST_WINDOW - blockStart;
    if (left <= 0) return 0;
    return left >= span ? count : Math.ceil((left * count) / span);
  }

  /** The first row, `from` on, whose voltage crosses; `limit` when none before that does. */
  #nextDivision(block: Uint16Array, from: number, limit: number): number {
    const width = 2 * this.#phases.length;
    const rest = this.#rest;
    const low = rest - this.#hysteresis;
    let armed = this.#armed;
    let row = from;
    for (; row < limit; row++) {
      const v = block[row * width] as number;
      if (v < low) armed = true;
      else if (armed && v >= rest) break;
    }
    this.#armed = armed;
    return row;
  }

  /** Ends the window before the sample set of this voltage and time, when that set belongs to the next. */
  #divide(v: number, time: number): void {
    if (this.#armed && v >= this.#rest) {
      this.#armed = false;
      this.#cross(v, time);
    }
    if (this.#time - this.#windowStart >= LONGEST_WINDOW) {
      // A voltage that has stopped moving must not cross because its rest is known better now.
      this.#armed = false;
      this.#end(0, 0, undefined);
    }
  }

  #cross(v: number, time: number): void {
    const below = this.#reference.previousV;
    const crossing = this.#time + Math.floor(((time - this.#time) * (this.#rest - below)) / (v - below));
    const start = this.#cyclesStart;
    if (start === undefined) {
      this.#end(0, 0, crossing);
      return;
    }
    this.#cycles++;
    if (this.#time - this.#windowStart >= SHORTEST_WINDOW)
      this.#end(this.#cycles, crossing - start, crossing);
  }

  #end(cycles: number, cycleSpan: number, nextCyclesStart: number | undefined): void {
    const samples = this.#samples;
    const duration = this.#time - this.#windowStart;
    // The mean of a part of a cycle is not where the voltage rests.
    if (duration >= SHORTEST_WINDOW) this.#rest = Math.floor(this.#reference.v / samples);
    const phases = this.#phases.map(phase => phase.take());
    this.#windowStart = this.#time;
    this.#cyclesStart = nextCyclesStart;
    this.#cycles = 0;
    this.#samples = 0;
    this.#onWindow({ phases, samples, cycles, duration, cycleSpan });
  }
}

class PhaseSummer {
  v = 0;
  #i = 0;
  #vv = 0;
  #ii = 0;
  #vi = 0;
  #vEarlierI = 0;
  #vIEarlier = 0;
  previousV = 0;
  #previousI = 0;
  /** The last sample before the window. */
  #beforeV = 0;
  #beforeI = 0;

  prime(v: number, i: number): void {
    this.previousV = this.#beforeV = v;
    this.#previousI = this.#beforeI = i;
  }

  /** Adds the pairs of v and i at `from`, `from` + `stride`, ... before `to`. */
  add(block: Uint16Array, from: number, to: number, stride: number): void {
    // Sums in local variables: fields would be written back for each sample.
    let previousV = this.previousV;
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
    this.v += sumV;
    this.#i += sumI;
    this.#vv += vv;
    this.#ii += ii;
    this.#vi += vi;
    this.#vEarlierI += vEarlierI;
    this.#vIEarlier += vIEarlier;
    this.previousV = previousV;
    this.#previousI = previousI;
  }

  /** The sums so far; begins anew, but for the last sample, which is the next one's neighbour. */
  take(): PhaseSums {
    const sums = {
      v: this.v,
      i: this.#i,
      vEarlier: this.#beforeV + this.v - this.previousV,
      iEarlier: this.#beforeI + this.#i - this.#previousI,
      vv: this.#vv,
      ii: this.#ii,
      vi: this.#vi,
      vEarlierI: this.#vEarlierI,
      vIEarlier: this.#vIEarlier,
    };
    this.v = this.#i = this.#vv = this.#ii = this.#vi = this.#vEarlierI = this.#vIEarlier = 0;
    this.#beforeV = this.previousV;
    this.#beforeI = this.#previousI;
    return sums;
  }
}
