import type { Capture } from '../host';
import { expectSets } from './capture-length';

/** Keeps sample sets as they come, when asked to: the reference for the native scope. */
export class Scope {
  readonly #width: number;
  /** Of the capture that is under way; undefined: none is */
  #counts: Uint16Array | undefined;
  /** Of it that are filled */
  #filled = 0;
  /** µs, of the sample set before the first one captured */
  #start = 0;
  /** µs, of the last sample set seen */
  #time: number;
  #capture: Capture | undefined;

  /**
   * @param phases 1 to 3
   * @param startTime µs by the host's clock: when sampling began
   */
  constructor(phases: number, startTime: number) {
    this.#width = 2 * phases;
    this.#time = startTime;
  }

  /**
   * Captures the next `sets` sample sets, and forgets what was captured before.
   * @throws RangeError when that is not 1 to 256
   */
  request(sets: number): void {
    expectSets(sets);
    this.#counts = new Uint16Array(sets * this.#width);
    this.#filled = 0;
    this.#capture = undefined;
  }

  /**
   * Takes what the kernel takes: `count` sample sets, the last of them at `endTime`, in µs.
   * @param lost µs for which samples were lost before them: a capture that is under way will never be whole, and none
   *   begins before the next block
   */
  add(block: Uint16Array, count: number, endTime: number, lost: number): void {
    const blockStart = this.#time;
    this.#time = endTime;
    if (lost > 0 && this.#filled > 0) this.#counts = undefined;
    const counts = this.#counts;
    if (counts === undefined || count === 0 || lost > 0) return;
    if (this.#filled === 0) this.#start = blockStart;
    const taken = Math.min(counts.length - this.#filled, count * this.#width);
    counts.set(block.subarray(0, taken), this.#filled);
    this.#filled += taken;
    if (this.#filled < counts.length) return;
    const rows = taken / this.#width;
    const end = blockStart + Math.floor((rows * (endTime - blockStart)) / count);
    this.#capture = { counts, samplePeriod: ((end - this.#start) * this.#width) / counts.length };
    this.#counts = undefined;
  }

  /** What was asked for, once, when it is whole. */
  take(): Capture | undefined {
    const capture = this.#capture;
    this.#capture = undefined;
    return capture;
  }
}
