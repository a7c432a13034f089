import { LEAST_PAUSE } from './alarm';

/** s, V: what is more is told as this, for there is room for so many digits. */
const LONGEST_TOLD = 99_999_999;
const LARGEST_TOLD = 9999.9;

/** Stands for the index of a phase. */
export const ALL_PHASES = -1;

/**
 * A voltage beyond a threshold, from when it gets there until it is back by the hysteresis. It is told at its end, at
 * most once in ten minutes, and counted always. A voltage here is a depth: what gets smaller the worse it is, which for
 * a swell is its negative.
 */
export class VoltageIncident {
  readonly #name: string;
  readonly #begin: number;
  readonly #end: number;
  #isPresent = false;
  #count = 0;
  /** V, the worst so far */
  #depth = 0;
  /** Index of the phase that had it, or `ALL_PHASES` */
  #phase = 0;
  /** µs so far */
  #duration = 0;
  #text: string | undefined;
  /** ms */
  #toldAt = Number.NEGATIVE_INFINITY;

  /**
   * @param begin V, a depth below which it begins
   * @param end V, a depth at which it is over
   */
  constructor(name: string, begin: number, end: number) {
    this.#name = name;
    this.#begin = begin;
    this.#end = end;
  }

  get isPresent(): boolean {
    return this.#isPresent;
  }

  /** Since the start, those that are not over yet left out. */
  get count(): number {
    return this.#count;
  }

  /** There is neither one that lasts nor one to tell. */
  get isQuiet(): boolean {
    return !this.#isPresent && this.#text === undefined;
  }

  /**
   * Takes a window.
   * @param depth V, of the worst phase
   * @param phase its index, or `ALL_PHASES`
   * @param duration µs of the window
   * @param time ms, monotonic
   */
  take(depth: number, phase: number, duration: number, time: number): void {
    if (this.#isPresent && depth >= this.#end) this.#finish(time);
    else if (this.#isPresent || depth < this.#begin) {
      if (!this.#isPresent || depth < this.#depth) {
        this.#depth = depth;
        this.#phase = phase;
      }
      this.#duration += duration;
      this.#isPresent = true;
    }
  }

  /** Goes on for a window too short to be judged. @param duration µs of it */
  last(duration: number): void {
    if (this.#isPresent) this.#duration += duration;
  }

  /** There is none: what there was is part of another. */
  forget(): void {
    this.#isPresent = false;
    this.#duration = 0;
  }

  /** The text of one that is over, once: `sag L1 172.3 V 1.8 s`, at most 32 characters. */
  tell(): string | undefined {
    const text = this.#text;
    this.#text = undefined;
    return text;
  }

  #finish(time: number): void {
    this.#count++;
    if (time - this.#toldAt >= LEAST_PAUSE) {
      this.#toldAt = time;
      this.#text = this.#describe();
    }
    this.forget();
  }

  #describe(): string {
    const seconds = Math.min(LONGEST_TOLD, this.#duration / 1e6);
    const volts = Math.min(LARGEST_TOLD, Math.abs(this.#depth)).toFixed(1);
    const phase = this.#phase === ALL_PHASES ? '' : `L${this.#phase + 1} `;
    return `${this.#name} ${phase}${volts} V ${seconds.toFixed(seconds < 1000 ? 1 : 0)} s`;
  }
}
