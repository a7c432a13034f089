import type { Prng } from '../prng';

/** Must be a power of two. */
const SIZE = 16_384;
const MASK = SIZE - 1;

/**
 * Gaussian noise at the cost of a look into a table: mean 0 and standard deviation 1 exactly, drawn anew by chance and so
 * without a period.
 */
export class NoiseTable {
  readonly values = new Float64Array(SIZE);
  readonly #prng: Prng;

  constructor(prng: Prng) {
    this.#prng = prng;
    for (let k = 0; k < SIZE; k++) this.values[k] = prng.gaussian();
    const mean = this.values.reduce((sum, value) => sum + value) / SIZE;
    const square = this.values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / SIZE;
    const scale = 1 / Math.sqrt(square);
    for (let k = 0; k < SIZE; k++) this.values[k] = ((this.values[k] as number) - mean) * scale;
  }

  /** Random bits of which `first` and `second` make two independent values. */
  draw(): number {
    return this.#prng.bits();
  }

  first(bits: number): number {
    return this.values[bits & MASK] as number;
  }

  second(bits: number): number {
    return this.values[(bits >>> 16) & MASK] as number;
  }
}
